package tracking

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// visitorLife is how long a browser is remembered after it last said whose it is.
const visitorLife = 400 * 24 * time.Hour

// visitorPeriod is how often those are looked for that are forgotten.
const visitorPeriod = 24 * time.Hour

// visitor is a browser or device, and whose it is.
type visitor struct {
	bun.BaseModel `bun:"table:visitors,alias:visitor"`

	VisitorID string `bun:",pk"`
	LeadID    int64
	At        time.Time
}

// visitors is whose the browsers are that a batch of messages comes from.
type visitors struct {
	lead map[string]int64
	news map[string]visitor // what is not in the table yet
}

func newVisitors() *visitors {
	return &visitors{lead: map[string]int64{}, news: map[string]visitor{}}
}

// is says whose a browser is, as of a time.
func (v *visitors) is(id string, lead int64, at time.Time) {
	if id != "" && v.lead[id] != lead {
		v.lead[id], v.news[id] = lead, visitor{VisitorID: id, LeadID: lead, At: at}
	}
}

// visitors reads whose the browsers are that these messages come from.
func (s *Service) visitors(ctx context.Context, tx db.Tx, entries []entry) (*visitors, error) {
	v := newVisitors()
	asked := map[string]bool{}
	var ids []string
	for _, e := range entries {
		for _, id := range []string{e.visitor, e.previous} {
			if id != "" && !asked[id] {
				asked[id] = true
				ids = append(ids, id)
			}
		}
	}
	var err error
	v.lead, err = s.owners(ctx, tx, ids)
	return v, err
}

// save writes what is new, and makes what those visitors did before the leads' own.
func (v *visitors) save(ctx context.Context, tx db.Tx, s *Service) error {
	if len(v.news) == 0 {
		return nil
	}
	rows := make([]visitor, 0, len(v.news))
	// In one order, so that two servers wait for each other instead of for ever.
	ids := slices.Sorted(maps.Keys(v.news))
	for _, id := range ids {
		rows = append(rows, v.news[id])
	}
	if _, err := tx.NewInsert().Model(&rows).On("CONFLICT (visitor_id) DO UPDATE").
		Set("lead_id = EXCLUDED.lead_id").Set("at = EXCLUDED.at").Where("visitor.at <= EXCLUDED.at").
		Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("visitors: save: %w", err)
	}
	leadOf := make(map[string]int64, len(ids))
	for _, id := range ids {
		leadOf[id] = v.news[id].LeadID
	}
	return s.leads.Adopt(ctx, tx, leadOf)
}

// OnEvents hears of visitors who said elsewhere who they are, by filling in a form for
// example: what their browser does from then on is theirs. It looks once more after what
// was committed at the very moment in which its visitor said so.
func (s *Service) OnEvents(ctx context.Context, events []*leads.Event) error {
	v := newVisitors()
	for _, e := range events {
		if e.LeadID != 0 && e.Name == leads.EventFormSubmitted {
			v.is(e.VisitorID, e.LeadID, e.ReceivedAt)
		}
	}
	var missed []string
	for _, e := range events {
		if e.VisitorID != "" && !slices.Contains(missed, e.VisitorID) {
			missed = append(missed, e.VisitorID)
		}
	}
	missed, err := s.leads.WithPast(ctx, s.db.Read(), missed)
	if err != nil {
		return err
	}
	leadOf, err := s.owners(ctx, s.db.Read(), missed)
	if err != nil || len(v.news)+len(leadOf) == 0 {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := v.save(ctx, tx, s); err != nil {
			return err
		}
		return s.leads.Adopt(ctx, tx, leadOf)
	})
}

// owners is whose these browsers are, of those of which it is known.
func (s *Service) owners(ctx context.Context, idb bun.IDB, ids []string) (map[string]int64, error) {
	owners := map[string]int64{}
	if len(ids) == 0 {
		return owners, nil
	}
	var rows []*visitor
	if err := idb.NewSelect().Model(&rows).Where("visitor_id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("visitors: find: %w", err)
	}
	for _, row := range rows {
		owners[row.VisitorID] = row.LeadID
	}
	return owners, nil
}

// forgetVisitors deletes who has not said for long whose browser it is.
func (s *Service) forgetVisitors(ctx context.Context) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewDelete().Model((*visitor)(nil)).Where("at < ?", s.clock.Now().Add(-visitorLife)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("visitors: forget: %w", err)
		}
		return nil
	})
}
