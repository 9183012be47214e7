package offers

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/manifest"
)

// offerRow is a stored offer.
type offerRow struct {
	bun.BaseModel `bun:"table:offers,alias:offer"`

	ID         int64 `bun:",pk,autoincrement"`
	Key        string
	Definition Offer `bun:"type:jsonb"`
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

func findOffer(ctx context.Context, idb bun.IDB, key string) (*offerRow, error) {
	row := new(offerRow)
	err := idb.NewSelect().Model(row).Where("key = ?", key).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("offer %q: %w", key, errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("offer %q: %w", key, err)
	}
	return row, nil
}

// listOffers returns all offers, the highest priority first; 500 at the most.
func listOffers(ctx context.Context, idb bun.IDB) ([]*offerRow, error) {
	var rows []*offerRow
	if err := idb.NewSelect().Model(&rows).Order("key").Limit(500).Scan(ctx); err != nil {
		return nil, fmt.Errorf("offers: list: %w", err)
	}
	slices.SortStableFunc(rows, func(a, b *offerRow) int { return cmp.Compare(b.Definition.Priority, a.Definition.Priority) })
	return rows, nil
}

// offersByID returns the offers with these ids, by id.
func offersByID(ctx context.Context, idb bun.IDB, ids []int64) (map[int64]*offerRow, error) {
	out := make(map[int64]*offerRow, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	var rows []*offerRow
	if err := idb.NewSelect().Model(&rows).Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("offers: find: %w", err)
	}
	for _, row := range rows {
		out[row.ID] = row
	}
	return out, nil
}

// Kinds are the documents that set the offers up.
func (s *Service) Kinds() []manifest.Kind { return []manifest.Kind{offerKind{s}} }

type offerKind struct{ *Service }

func (offerKind) Name() string      { return "offer" }
func (offerKind) New() manifest.Doc { return new(Offer) }

func (offerKind) Current(ctx context.Context, idb bun.IDB, key string) (manifest.Doc, error) {
	row, err := findOffer(ctx, idb, key)
	if err != nil {
		return nil, err
	}
	return &row.Definition, nil
}

func (k offerKind) Apply(ctx context.Context, tx db.Tx, doc manifest.Doc) error {
	offer := doc.(*Offer)
	old, err := findOffer(ctx, tx, offer.Key)
	if err != nil && !errors.Is(err, errs.NotFound) {
		return err
	}
	if err == nil && same(&old.Definition, offer) {
		return nil
	}
	now := k.clock.Now()
	row := &offerRow{Key: offer.Key, Definition: *offer, CreatedAt: now, UpdatedAt: now}
	if _, err := tx.NewInsert().Model(row).ExcludeColumn("id").On("CONFLICT (key) DO UPDATE").
		Set("definition = EXCLUDED.definition").Set("updated_at = EXCLUDED.updated_at").
		Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("offer %q: store: %w", offer.Key, err)
	}
	return nil
}

// same compares two documents as they are stored.
func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
