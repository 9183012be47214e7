package leads

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// Pair is two leads that may be one person, for somebody to decide.
type Pair struct {
	*Duplicate
	Lead  *Lead `json:"lead"`
	Other *Lead `json:"other"`
}

// openPairs narrows to pairs that nobody decided about and that are still two people.
func openPairs(q *bun.SelectQuery) *bun.SelectQuery {
	return q.Join("JOIN leads AS a ON a.id = duplicate.lead_id").Join("JOIN leads AS b ON b.id = duplicate.other_id").
		Where("duplicate.state = 'open'").Where("coalesce(a.merged_into, a.id) <> coalesce(b.merged_into, b.id)")
}

// Duplicates pages through the pairs to be decided about, the newest first, back from the
// one with the id before. Whoever was merged meanwhile is shown as who they became.
func (s *Service) Duplicates(ctx context.Context, before int64, limit int) (page []*Pair, more bool, err error) {
	var rows []*Duplicate
	q := openPairs(s.db.Read().NewSelect().Model(&rows)).
		ColumnExpr("duplicate.id, duplicate.reason, duplicate.state, duplicate.at").
		ColumnExpr("coalesce(a.merged_into, a.id) AS lead_id, coalesce(b.merged_into, b.id) AS other_id").
		OrderExpr("duplicate.id DESC").Limit(int64(limit) + 1)
	if before > 0 {
		q = q.Where("duplicate.id < ?", before)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, false, fmt.Errorf("duplicates: list: %w", err)
	}
	if more = len(rows) > limit; more {
		rows = rows[:limit]
	}
	var ids []int64
	for _, d := range rows {
		ids = append(ids, d.LeadID, d.OtherID)
	}
	people, err := s.FindMany(ctx, s.db.Read(), ids)
	if err != nil {
		return nil, false, err
	}
	for _, d := range rows {
		page = append(page, &Pair{d, people[d.LeadID], people[d.OtherID]})
	}
	return page, more, nil
}

// mostCounted bounds how far open pairs are counted: more is "many".
const mostCounted = 1000

// CountDuplicates says how many pairs wait to be decided about, 1000 at the most.
func (s *Service) CountDuplicates(ctx context.Context) (int, error) {
	waiting := openPairs(s.db.Read().NewSelect().Model((*Duplicate)(nil))).ColumnExpr("duplicate.id").Limit(mostCounted)
	var n int
	if err := s.db.Read().NewSelect().TableExpr("(?) AS waiting", waiting).ColumnExpr("count(*)").Scan(ctx, &n); err != nil {
		return 0, fmt.Errorf("duplicates: count: %w", err)
	}
	return n, nil
}

// duplicatesOf returns the leads that may be the same person as this one.
func (s *Service) duplicatesOf(ctx context.Context, id int64) ([]*Lead, error) {
	var rows []*Duplicate
	if err := openPairs(s.db.Read().NewSelect().Model(&rows)).
		ColumnExpr("coalesce(a.merged_into, a.id) AS lead_id, coalesce(b.merged_into, b.id) AS other_id").
		Where("duplicate.lead_id = ? OR duplicate.other_id = ?", id, id).OrderExpr("duplicate.id DESC").Limit(20).Scan(ctx); err != nil {
		return nil, fmt.Errorf("lead %d: duplicates: %w", id, err)
	}
	var ids []int64
	for _, d := range rows {
		ids = append(ids, d.LeadID+d.OtherID-id)
	}
	people, err := s.FindMany(ctx, s.db.Read(), ids)
	if err != nil {
		return nil, err
	}
	var out []*Lead
	for _, other := range ids {
		if l := people[other]; l != nil {
			out = append(out, l)
			delete(people, other)
		}
	}
	return out, nil
}

// Dismiss writes down that two leads are not the same person: they are not offered again.
// A pair that is merged is a Conflict.
func (s *Service) Dismiss(ctx context.Context, id int64) (*Duplicate, error) {
	d := new(Duplicate)
	err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		err := tx.NewSelect().Model(d).Where("id = ?", id).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("pair %d: %w", id, errs.NotFound)
		}
		if err != nil {
			return fmt.Errorf("pair %d: %w", id, err)
		}
		if d.State == DuplicateMerged {
			return fmt.Errorf("pair %d: merged already: %w", id, errs.Conflict)
		}
		d.State = DuplicateDismissed
		if _, err := tx.NewUpdate().Model(d).Column("state").WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("pair %d: dismiss: %w", id, err)
		}
		return nil
	})
	return d, err
}

// mostShare is how many leads may have one telephone number and still be taken for one
// person: what more of them share is an office's.
const mostShare = 5

// findDuplicates notes, once a day, leads that have one telephone number and may be one
// person.
func (s *Service) findDuplicates(ctx context.Context) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.NewRaw(`INSERT INTO lead_duplicates (lead_id, other_id, reason, state, at)
			SELECT shared.first, l.id, 'phone', 'open', ? FROM (
				SELECT phone_norm, min(id) AS first FROM leads
				WHERE phone_norm <> '' AND merged_into IS NULL AND erased_at IS NULL
				GROUP BY phone_norm HAVING count(*) BETWEEN 2 AND ?
			) AS shared JOIN leads AS l ON l.phone_norm = shared.phone_norm AND l.phone_norm <> ''
			WHERE l.id > shared.first AND l.merged_into IS NULL AND l.erased_at IS NULL
			ON CONFLICT (lead_id, other_id) DO NOTHING`, s.clock.Now(), mostShare).Exec(ctx); err != nil {
			return fmt.Errorf("duplicates: find: %w", err)
		}
		return nil
	})
}
