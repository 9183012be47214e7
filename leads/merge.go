package leads

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// The events of merging.
const (
	EventLeadsMerged = "Leads Merged"
	EventMergeUndone = "Merge Undone"
)

// Merge is two leads that were made one. The rules:
//
//   - One lead is kept; the other is gone, but its row stays with all that it is
//     recognised by, and leads to the one that is kept.
//   - A field keeps the kept lead's value unless that is empty; whoever merges may choose
//     the other's field by field. Attributes are united by the same rule.
//   - E-mail and external id are never lost: the one that is not chosen stays with the
//     row that is gone, so that it still leads to the person.
//   - The first touch is that of the lead that came first, the last touch that of the
//     lead that spoke last. The person is known since the earlier of the two days.
//   - All rows of all features go over to the kept lead: events, messages, points (they
//     are summed), grants, consents (the newest act of a purpose and channel holds), tags
//     (united). A row that the kept lead has already, the same journey's first entry for
//     example, stays with the one that is gone, and does nothing more.
//   - It happens in one transaction, and can be undone: see Service.UndoMerge.
type Merge struct {
	bun.BaseModel `bun:"table:lead_merges,alias:merge"`

	ID        int64      `bun:",pk,autoincrement" json:"id"`
	KeptID    int64      `json:"kept_id"`
	GoneID    int64      `json:"gone_id"`
	Before    both       `bun:"type:jsonb" json:"-"`
	Conflicts []Conflict `bun:"type:jsonb" json:"conflicts"`
	ByWhom    string     `json:"by_whom"`
	At        time.Time  `json:"at"`
	UndoneAt  time.Time  `bun:",nullzero" json:"undone_at,omitzero"`
	UndoneBy  string     `json:"undone_by,omitempty"`
}

// both are two leads as they were, the kept one as it became, and the state in which the
// pair was noted as possibly one person.
type both struct {
	Kept  snapshot `json:"kept,omitempty"`
	Gone  snapshot `json:"gone,omitempty"`
	After snapshot `json:"after,omitempty"`
	Pair  string   `json:"pair,omitempty"`
}

// Conflict is a field in which two leads differ, and whose value was kept.
type Conflict struct {
	Field string `json:"field"` // "first_name", "attributes.city"
	Kept  any    `json:"kept"`
	Gone  any    `json:"gone"`
	Other bool   `json:"other"` // the value of the lead that is gone was chosen
}

// MergeRequest says which two leads are one. Fields names those whose value is to be the
// other's, with "other"; "this" is the kept lead's, as is what is not named and not empty.
type MergeRequest struct {
	Kept, Other int64
	Fields      map[string]string
	By          string // who decided
}

// Merge makes two leads one, by the rules above. A lead that is merged or erased already,
// and a lead with itself, is a Conflict.
func (s *Service) Merge(ctx context.Context, r MergeRequest) (*Merge, error) {
	if r.Kept == r.Other {
		return nil, fmt.Errorf("lead %d: cannot be merged with itself: %w", r.Kept, errs.Conflict)
	}
	var m *Merge
	err := s.acrossRooms(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		m, err = s.merge(ctx, tx, r)
		return err
	})
	return m, err
}

// merge is Merge within tx.
func (s *Service) merge(ctx context.Context, tx db.Tx, r MergeRequest) (*Merge, error) {
	rows, err := s.hold(ctx, tx, r.Kept, r.Other)
	if err != nil {
		return nil, err
	}
	kept, gone := rows[r.Kept], rows[r.Other]
	for _, l := range []*Lead{kept, gone} {
		switch {
		case l.MergedInto != 0:
			return nil, fmt.Errorf("lead %d: merged into lead %d already: %w", l.ID, l.MergedInto, errs.Conflict)
		case !l.ErasedAt.IsZero():
			return nil, fmt.Errorf("lead %d: erased: %w", l.ID, errs.Conflict)
		}
	}
	was := gone.identity()
	m := &Merge{KeptID: kept.ID, GoneID: gone.ID, ByWhom: r.By, At: s.clock.Now(), Before: both{Kept: kept.snapshot(), Gone: gone.snapshot()}}
	if m.Conflicts, err = kept.absorb(gone, r.Fields); err != nil {
		return nil, err
	}
	kept.UpdatedAt = m.At
	kept.fold()
	gone.fold()
	gone.MergedInto = kept.ID
	m.Before.After = kept.snapshot()
	if m.Before.Pair, err = settlePair(ctx, tx, kept.ID, gone.ID); err != nil {
		return nil, err
	}
	if _, err := tx.NewInsert().Model(m).ExcludeColumn("id").Returning("id").Exec(ctx); err != nil {
		return nil, fmt.Errorf("leads: merge: %w", err)
	}
	if err := s.handOver(ctx, tx, m); err != nil {
		return nil, err
	}
	if err := s.swap(ctx, tx, gone, kept, was != gone.identity()); err != nil {
		return nil, err
	}
	return m, s.Record(ctx, tx, &Event{
		MessageID: "merge:" + strconv.FormatInt(m.ID, 10), LeadID: kept.ID, Name: EventLeadsMerged, Source: "staff", OccurredAt: m.At,
		Properties: map[string]any{"merge": m.ID, "merged_lead": gone.ID},
	})
}

// swap writes two leads between which e-mail or external id may have changed hands:
// nobody may have either at the same moment as the other. Where nothing did, those who only
// refer to the leads need not wait for it.
func (s *Service) swap(ctx context.Context, tx db.Tx, first, second *Lead, changed bool) error {
	if changed {
		if _, err := tx.NewUpdate().Model((*Lead)(nil)).Set("email_norm = NULL").Set("external_id = NULL").
			Where("id IN (?)", bun.List([]int64{first.ID, second.ID})).Exec(ctx); err != nil {
			return fmt.Errorf("leads: merge: %w", err)
		}
	}
	for _, l := range []*Lead{first, second} {
		if _, err := tx.NewUpdate().Model(l).ExcludeColumn("id").WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("lead %d: merge: %w", l.ID, err)
		}
	}
	return nil
}

// settlePair marks, within tx, that two leads were noted as perhaps one person and are
// it, and returns the state in which they were; "" when nobody had noted them.
func settlePair(ctx context.Context, tx db.Tx, a, b int64) (string, error) {
	pair := func(q bun.QueryBuilder) bun.QueryBuilder {
		return q.Where("lead_id = ?", min(a, b)).Where("other_id = ?", max(a, b))
	}
	var states []string
	if err := tx.NewSelect().Model((*Duplicate)(nil)).Column("state").ApplyQueryBuilder(pair).Scan(ctx, &states); err != nil {
		return "", fmt.Errorf("leads: duplicates: %w", err)
	}
	if len(states) == 0 {
		return "", nil
	}
	_, err := tx.NewUpdate().Model((*Duplicate)(nil)).Set("state = ?", DuplicateMerged).ApplyQueryBuilder(pair).Exec(ctx)
	if err != nil {
		return "", fmt.Errorf("leads: duplicates: %w", err)
	}
	return states[0], nil
}

// snapshot is a lead as it was at some moment, column by column.
type snapshot map[string]json.RawMessage
