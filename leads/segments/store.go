package segments

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/workers"
)

// kind is the segments as documents of campaign files.
type kind struct {
	manifest.Table[Definition, *Definition]
	s *Service
}

// Kinds are the documents that set the segments up.
func (s *Service) Kinds() []manifest.Kind { return []manifest.Kind{s.kind()} }

func (s *Service) kind() kind {
	return kind{manifest.Table[Definition, *Definition]{Table: "segments", Kind: KindName, Now: s.clock.Now}, s}
}

// Apply stores a segment within tx and has it filled when its condition is new.
func (k kind) Apply(ctx context.Context, tx db.Tx, doc manifest.Doc) error {
	d := doc.(*Definition)
	if err := k.s.lockAll(ctx, tx); err != nil {
		return err
	}
	old, err := k.Find(ctx, tx, d.Key)
	known := err == nil
	if err != nil && !errors.Is(err, errs.NotFound) {
		return err
	}
	if known && old.Definition.Static != d.Static {
		return fmt.Errorf("segment %q: a segment filled by hand and one with a condition cannot become each other; make a new one: %w", d.Key, errs.Conflict)
	}
	if !known {
		if err := k.checkRoom(ctx, tx); err != nil {
			return err
		}
	}
	if err := k.s.checkCycle(ctx, tx, d); err != nil {
		return err
	}
	if _, err := k.s.holding(k.s.living(tx), d.Who(), true); err != nil {
		return errs.Fields{"condition": err.Error()}
	}
	if err := k.Table.Apply(ctx, tx, d); err != nil {
		return err
	}
	if d.Static || known && manifest.Same(old.Definition.Condition, d.Condition) {
		return nil
	}
	return k.s.startFilling(ctx, tx, d.Key)
}

// most is how many segments there can be: each is looked at when a lead changes.
const most = 500

// errMost refuses one segment more.
var errMost = errs.Fields{"key": fmt.Sprintf("there are %d segments already, which is the most; delete one that is not needed", most)}

// checkRoom refuses one segment more than there can be, for nobody would look at it.
func (k kind) checkRoom(ctx context.Context, tx db.Tx) error {
	n, err := tx.NewSelect().Model((*Segment)(nil)).Count(ctx)
	if err != nil {
		return fmt.Errorf("segments: count: %w", err)
	}
	if n >= most {
		return errMost
	}
	return nil
}

// Save creates or changes a segment. What its condition names must exist.
func (s *Service) Save(ctx context.Context, d *Definition) error {
	d.Kind = KindName
	if err := manifest.Check(d); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := s.checkRefs(ctx, tx, d); err != nil {
			return err
		}
		return s.kind().Apply(ctx, tx, d)
	})
}

// checkRefs refuses a condition that names a segment, an experiment or a variant which
// does not exist.
func (s *Service) checkRefs(ctx context.Context, idb bun.IDB, d *Definition) error {
	return s.leads.CheckRefs(ctx, idb, d.Refs(), s.kind())
}

// Create is Save for a key that is not taken; Conflict otherwise.
func (s *Service) Create(ctx context.Context, d *Definition) error {
	if _, err := s.Find(ctx, s.db.Read(), d.Key); !errors.Is(err, errs.NotFound) {
		if err != nil {
			return err
		}
		return fmt.Errorf("segment %q exists already: %w", d.Key, errs.Conflict)
	}
	return s.Save(ctx, d)
}

// Find returns the segment with this key, or NotFound.
func (s *Service) Find(ctx context.Context, idb bun.IDB, key string) (*Segment, error) {
	seg := new(Segment)
	err := idb.NewSelect().Model(seg).Where("key = ?", key).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("segment %q: %w", key, errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("segment %q: %w", key, err)
	}
	return seg, nil
}

// List returns all segments by key.
func (s *Service) List(ctx context.Context, idb bun.IDB) ([]*Segment, error) {
	var all []*Segment
	if err := idb.NewSelect().Model(&all).Order("key").Limit(most).Scan(ctx); err != nil {
		return nil, fmt.Errorf("segments: list: %w", err)
	}
	return all, nil
}

// UsedBy says what names a segment: other segments, and what the users say.
func (s *Service) UsedBy(ctx context.Context, idb bun.IDB, key string) ([]i18n.Text, error) {
	all, err := s.List(ctx, idb)
	if err != nil {
		return nil, err
	}
	var out []i18n.Text
	for _, seg := range all {
		if slices.Contains(seg.Definition.Who().Segments(), key) {
			out = append(out, seg.Definition.Name)
		}
	}
	for _, u := range s.users {
		more, err := u.SegmentUsers(ctx, idb, key)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// Delete removes a segment with all it counted; who was in it is told nothing. One
// that others name is a Conflict that says which.
func (s *Service) Delete(ctx context.Context, key string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := s.lockAll(ctx, tx); err != nil {
			return err
		}
		seg, err := s.Find(ctx, tx, key)
		if err != nil {
			return err
		}
		users, err := s.UsedBy(ctx, tx, key)
		if err != nil {
			return err
		}
		if len(users) > 0 {
			return fmt.Errorf("segment %q is named by %s: %w", key, names(users), errs.Conflict)
		}
		if _, err := tx.NewDelete().Model(seg).WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("segment %q: delete: %w", key, err)
		}
		return s.queue.Enqueue(ctx, tx, workers.Job{Kind: jobClear, Ref: seg.ID, DueAt: s.clock.Now()})
	})
}

func names(texts []i18n.Text) string {
	var out string
	for i, t := range texts {
		if i > 0 {
			out += ", "
		}
		out += t.In(i18n.English)
	}
	return out
}

// clearJobs takes away what deleted segments left.
func (s *Service) clearJobs(ctx context.Context, b *workers.Batch) error {
	for _, job := range b.Jobs {
		for more := true; more; {
			err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
				some := tx.NewSelect().Model((*member)(nil)).Column("lead_id").Where("segment_id = ?", job.Ref).Order("lead_id").Limit(10 * chunk)
				res, err := tx.NewDelete().Model((*member)(nil)).Where("segment_id = ?", job.Ref).Where("lead_id IN (?)", some).Exec(ctx)
				if err != nil {
					return err
				}
				gone, err := res.RowsAffected()
				if more = gone > 0; err != nil || more {
					return err
				}
				if _, err := tx.NewDelete().Model((*day)(nil)).Where("segment_id = ?", job.Ref).Exec(ctx); err != nil {
					return err
				}
				return b.Finish(ctx, tx, job)
			})
			if err != nil {
				return fmt.Errorf("segment %d: clear: %w", job.Ref, err)
			}
		}
	}
	return nil
}
