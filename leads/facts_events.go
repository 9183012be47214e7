package leads

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
)

const (
	// Of one name and lead so many events are read before it is asked which of them
	// decide: all leads together share factEvents.
	factEvents      = 100_000
	factEventsMost  = 10_000
	factEventsLeast = 100
	// plainEvents is how many events are read at once without numbering them first.
	plainEvents = 50_000
)

// leadEvent is what one lead did under one name.
type leadEvent struct {
	lead int64
	name string
}

// addEvents adds the newest events of the names that are asked for. Of a lead who has
// very many of a name, those are added that decide: for each single condition as many that
// count for it as are enough.
func (s *Service) addEvents(ctx context.Context, idb bun.IDB, ids []int64, asked []conditions.Condition, windows map[string]time.Duration, out map[int64]*conditions.Facts) error {
	most := min(factEventsMost, max(factEventsLeast, factEvents/len(ids)))
	events, err := s.NewestEvents(ctx, idb, ids, windows, most+1)
	if err != nil {
		return err
	}
	count := map[leadEvent]int{}
	for _, e := range events {
		count[leadEvent{e.LeadID, e.Name}]++
	}
	busy := map[string][]int64{} // by the event that they have very many of
	for p, n := range count {
		if n > most {
			busy[p.name] = append(busy[p.name], p.lead)
		}
	}
	if len(busy) > 0 {
		events = slices.DeleteFunc(events, func(e *Event) bool { return count[leadEvent{e.LeadID, e.Name}] > most })
		more, err := s.deciding(ctx, idb, asked, busy)
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

// NewestEvents returns what the leads did by now of these names, of each name not
// longer ago than it says (0 is ever), and of one lead and name the newest, most of them.
// The events have no more than id, lead, name, folds and time, and stand in no order.
func (s *Service) NewestEvents(ctx context.Context, idb bun.IDB, ids []int64, windows map[string]time.Duration, most int) (events []*Event, err error) {
	if len(ids) == 0 || len(windows) == 0 {
		return nil, nil
	}
	now, byName := s.clock.Now(), bun.Safe("did.name")
	if s.db.Dialect() == db.SQLite {
		byName = "+did.name" // or it goes by the index of the names, and reads what all leads did
	}
	wanted := func(q *bun.SelectQuery) *bun.SelectQuery {
		return did(q, ids).Where("did.occurred_at <= ?", now).WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			for name, within := range windows {
				if within == 0 {
					q = q.WhereOr("? = ?", byName, name)
				} else {
					q = q.WhereOr("? = ? AND did.occurred_at >= ?", byName, name, now.Add(-within))
				}
			}
			return q
		})
	}
	// There are few as a rule, and numbering them would cost more than reading them.
	if err = wanted(idb.NewSelect().Model(&events)).Limit(plainEvents + 1).Scan(ctx); err == nil && len(events) > plainEvents {
		events = nil
		err = newest(idb, &events, wanted(idb.NewSelect().Model((*Event)(nil))), most, "did.lead_id", "did.name").Scan(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("events: newest: %w", err)
	}
	return keepNewest(events, most), nil
}

// keepNewest cuts as newest does, so that it does not show how many others were read along.
func keepNewest(events []*Event, most int) []*Event {
	if len(events) <= most {
		return events
	}
	slices.SortFunc(events, func(a, b *Event) int {
		return cmp.Or(b.OccurredAt.Compare(a.OccurredAt), cmp.Compare(b.ID, a.ID))
	})
	count := map[leadEvent]int{}
	return slices.DeleteFunc(events, func(e *Event) bool {
		p := leadEvent{e.LeadID, e.Name}
		count[p]++
		return count[p] > most
	})
}

// deciding reads, for each single condition about an event, of the leads who have very
// many of it as many that count as are enough.
func (s *Service) deciding(ctx context.Context, idb bun.IDB, asked []conditions.Condition, busy map[string][]int64) (out []*Event, err error) {
	now, seen := s.clock.Now().In(s.zone), map[int64]bool{}
	for _, c := range conditions.Happenings(asked...) {
		ids := busy[c.Event]
		if len(ids) == 0 {
			continue
		}
		where, args, enough := c.Did(s.Schema(), now)
		var some []*Event
		if err := newest(idb, &some, did(idb.NewSelect().Model((*Event)(nil)), ids).Where(where, args...), enough, "did.lead_id").Scan(ctx); err != nil {
			return nil, fmt.Errorf("events: that decide: %s: %w", c.Event, err)
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

// did asks for what conditions see of the events of these leads.
func did(q *bun.SelectQuery, ids []int64) *bun.SelectQuery {
	return q.ModelTableExpr("events AS did").ColumnExpr("did.id, did.lead_id, did.name, did.folds, did.occurred_at").Where("did.lead_id IN (?)", bun.List(ids))
}

// newest keeps of what a query of did finds the first events of each lead, or of each
// lead and name, from the newest.
func newest(idb bun.IDB, into *[]*Event, q *bun.SelectQuery, most int, each ...bun.Safe) *bun.SelectQuery {
	q = q.ColumnExpr("row_number() OVER (PARTITION BY ? ORDER BY did.occurred_at DESC, did.id DESC) AS n", bun.List(each))
	return idb.NewSelect().Model(into).ModelTableExpr("(?) AS did", q).ColumnExpr("did.id, did.lead_id, did.name, did.folds, did.occurred_at").
		Where("did.n <= ?", most)
}
