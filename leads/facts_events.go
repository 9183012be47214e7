package leads

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
)

// How many events of one name and lead are read before it is asked which of them decide:
// all leads together share factEvents.
const (
	factEvents      = 100_000
	factEventsMost  = 10_000
	factEventsLeast = 100
)

// factRow is an event as conditions see it.
type factRow struct {
	bun.BaseModel `bun:"table:events,alias:did"`

	ID         int64
	LeadID     int64
	Name       string
	Folds      map[string]any `bun:"type:jsonb"`
	OccurredAt time.Time
}

// addEvents reads the newest events of the names that are asked for. Of a lead who has
// more of a name than that, those are read that decide: for each single condition as many
// that count for it as are enough.
func (s *Service) addEvents(ctx context.Context, idb bun.IDB, ids []int64, asked []conditions.Condition, windows map[string]time.Duration, out map[int64]*conditions.Facts) error {
	if len(windows) == 0 {
		return nil
	}
	now := s.clock.Now().In(s.zone)
	most := min(factEventsMost, max(factEventsLeast, factEvents/len(ids)))
	var events []*factRow
	q := newest(idb, []string{"lead_id", "name"}, ids).
		WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			for name, within := range windows {
				if within == 0 {
					q = q.WhereOr("did.name = ?", name)
				} else {
					q = q.WhereOr("did.name = ? AND did.occurred_at >= ?", name, now.Add(-within))
				}
			}
			return q
		}).Where("did.occurred_at <= ?", now)
	if err := among(idb, q, most+1).Scan(ctx, &events); err != nil {
		return fmt.Errorf("leads: facts: events: %w", err)
	}
	type pair struct {
		lead int64
		name string
	}
	count := map[pair]int{}
	for _, e := range events {
		count[pair{e.LeadID, e.Name}]++
	}
	busy := map[string][]int64{} // by the event that they have very many of
	for p, n := range count {
		if n > most {
			busy[p.name] = append(busy[p.name], p.lead)
		}
	}
	if len(busy) > 0 {
		events = slices.DeleteFunc(events, func(e *factRow) bool { return count[pair{e.LeadID, e.Name}] > most })
		more, err := s.deciding(ctx, idb, asked, busy, now)
		if err != nil {
			return err
		}
		events = append(events, more...)
	}
	for _, e := range events {
		if f := out[e.LeadID]; f != nil {
			f.Events = append(f.Events, conditions.Event{Name: e.Name, Folds: e.Folds, At: e.OccurredAt})
		}
	}
	return nil
}

// deciding reads, for each single condition about an event, of the leads who have very
// many of it as many that count as are enough.
func (s *Service) deciding(ctx context.Context, idb bun.IDB, asked []conditions.Condition, busy map[string][]int64, now time.Time) (out []*factRow, err error) {
	seen := map[int64]bool{}
	for _, c := range conditions.Happenings(asked...) {
		ids := busy[c.Event]
		if len(ids) == 0 {
			continue
		}
		where, args, enough := c.Did(s.Schema(), now)
		var some []*factRow
		if err := among(idb, newest(idb, []string{"lead_id"}, ids).Where(where, args...), enough).Scan(ctx, &some); err != nil {
			return nil, fmt.Errorf("leads: facts: %s: %w", c.Event, err)
		}
		for _, e := range some {
			if !seen[e.ID] {
				seen[e.ID] = true
				out = append(out, e)
			}
		}
	}
	return out, nil
}

// newest numbers the leads' events from the newest, those of each lead and name, or of
// each lead, by themselves.
func newest(idb bun.IDB, apart []string, ids []int64) *bun.SelectQuery {
	by := make([]bun.Ident, len(apart))
	for i, column := range apart {
		by[i] = bun.Ident("did." + column)
	}
	return idb.NewSelect().Model((*factRow)(nil)).Column("id", "lead_id", "name", "folds", "occurred_at").
		ColumnExpr("row_number() OVER (PARTITION BY ? ORDER BY did.occurred_at DESC, did.id DESC) AS n", bun.List(by)).
		Where("did.lead_id IN (?)", bun.List(ids))
}

// among keeps of what newest numbers the first of each.
func among(idb bun.IDB, numbered *bun.SelectQuery, first int) *bun.SelectQuery {
	return idb.NewSelect().Model((*factRow)(nil)).ModelTableExpr("(?) AS did", numbered).
		Column("id", "lead_id", "name", "folds", "occurred_at").Where("did.n <= ?", first)
}
