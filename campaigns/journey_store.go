package campaigns

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/campaigns/journey"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// FindJourney returns the journey with this key, or NotFound.
func (s *Service) FindJourney(ctx context.Context, key string) (*Journey, error) {
	return findJourney(ctx, s.db.Read(), key)
}

func findJourney(ctx context.Context, idb bun.IDB, key string) (*Journey, error) {
	j := new(Journey)
	err := idb.NewSelect().Model(j).Where("key = ?", key).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("journey %s: %w", key, errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("journey %s: %w", key, err)
	}
	return j, nil
}

// Journeys lists all journeys, by key.
func (s *Service) Journeys(ctx context.Context) ([]*Journey, error) {
	var all []*Journey
	if err := s.db.Read().NewSelect().Model(&all).Order("key").Limit(1000).Scan(ctx); err != nil {
		return nil, fmt.Errorf("journeys: list: %w", err)
	}
	return all, nil
}

// Versions lists the newest hundred versions of a journey, the newest first.
func (s *Service) Versions(ctx context.Context, j *Journey) ([]*Version, error) {
	var all []*Version
	if err := s.db.Read().NewSelect().Model(&all).Where("journey_id = ?", j.ID).
		Order("number DESC").Limit(100).Scan(ctx); err != nil {
		return nil, fmt.Errorf("journey %s: versions: %w", j.Key, err)
	}
	return all, nil
}

func findVersion(ctx context.Context, idb bun.IDB, id int64) (*Version, error) {
	v := new(Version)
	if err := idb.NewSelect().Model(v).Where("id = ?", id).Scan(ctx); err != nil {
		return nil, fmt.Errorf("journey version %d: %w", id, err)
	}
	return v, nil
}

// track is a version compiled.
type track struct {
	*journey.Program
	number int
}

// track compiles a version, once for all: it never changes.
func (s *Service) track(ctx context.Context, idb bun.IDB, versionID int64) (*track, error) {
	if t, ok := s.tracks.Load(versionID); ok {
		return t.(*track), nil
	}
	v, err := findVersion(ctx, idb, versionID)
	if err != nil {
		return nil, err
	}
	p, err := journey.Compile(v.Definition)
	if err != nil {
		return nil, fmt.Errorf("journey version %d: %w", versionID, err)
	}
	t := &track{p, v.Number}
	s.tracks.Store(versionID, t)
	return t, nil
}

// save stores what a document says. What has not changed is not written; changed
// steps make a new version, and those on their way stay on the old one.
func (s *Service) save(ctx context.Context, tx db.Tx, doc *JourneyDoc) error {
	now := s.clock.Now()
	if err := s.checkForks(ctx, tx, doc.Definition); err != nil {
		return err
	}
	j, err := findJourney(ctx, tx, doc.Key)
	if errors.Is(err, errs.NotFound) {
		j = &Journey{Key: doc.Key, Name: doc.Name, State: StateActive, CreatedAt: now, UpdatedAt: now}
		if _, err := tx.NewInsert().Model(j).ExcludeColumn("id").Returning("id").Exec(ctx); err != nil {
			return fmt.Errorf("journey %s: create: %w", doc.Key, err)
		}
		return s.addVersion(ctx, tx, j, 1, doc.Definition, now)
	}
	if err != nil {
		return err
	}
	v, err := findVersion(ctx, tx, j.VersionID)
	if err != nil {
		return err
	}
	if !same(j.Name, doc.Name) {
		j.Name, j.UpdatedAt = doc.Name, now
		if _, err := tx.NewUpdate().Model(j).Column("name", "updated_at").WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("journey %s: rename: %w", j.Key, err)
		}
	}
	if same(v.Definition, doc.Definition) {
		return nil
	}
	return s.addVersion(ctx, tx, j, v.Number+1, doc.Definition, now)
}

func (s *Service) addVersion(ctx context.Context, tx db.Tx, j *Journey, number int, d journey.Definition, now time.Time) error {
	v := &Version{JourneyID: j.ID, Number: number, Definition: d, CreatedAt: now}
	if _, err := tx.NewInsert().Model(v).ExcludeColumn("id").Returning("id").Exec(ctx); err != nil {
		return fmt.Errorf("journey %s: version %d: %w", j.Key, number, err)
	}
	j.VersionID, j.UpdatedAt = v.ID, now
	if _, err := tx.NewUpdate().Model(j).Column("version_id", "updated_at").WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("journey %s: version %d: %w", j.Key, number, err)
	}
	return nil
}

// same says whether two definitions say the same, however their numbers are typed:
// YAML reads 5 as an integer, JSON as a float.
func same[T any](a, b T) bool {
	one, err := canonical(a)
	if err != nil {
		return false
	}
	two, err := canonical(b)
	return err == nil && bytes.Equal(one, two)
}

func canonical[T any](v T) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var again T
	if err := json.Unmarshal(raw, &again); err != nil {
		return nil, err
	}
	return json.Marshal(again)
}
