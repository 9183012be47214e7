package scoring

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/leads"
)

// Part is what one rule counts in a lead's score.
type Part struct {
	bun.BaseModel `bun:"table:score_parts,alias:part"`

	LeadID int64   `bun:",pk" json:"-"`
	RuleID int64   `bun:",pk" json:"-"`
	Points float64 `json:"points"` // after cap and decay
	Times  int64   `json:"times"`  // how many events; 1 of a condition that holds
}

// mostEvents is how many of a lead's events of one name are looked at, from the newest.
const mostEvents = 1000

// sheet is what each rule of a book counts for each of some leads.
type sheet struct {
	*book
	ids   []int64
	parts []Part        // lead after lead, the rules in the order of the book
	place map[int64]int // of a lead among ids
	seen  int64         // the newest event when it was begun
}

func newSheet(b *book, ids []int64) *sheet {
	sh := &sheet{book: b, ids: ids, place: make(map[int64]int, len(ids)), parts: make([]Part, len(ids)*len(b.rules))}
	for i, id := range ids {
		sh.place[id] = i
		for j, p := range sh.of(id) {
			p.LeadID, p.RuleID = id, b.rules[j].ID
			sh.of(id)[j] = p
		}
	}
	return sh
}

// of are a lead's parts.
func (sh *sheet) of(id int64) []Part {
	n, i := len(sh.rules), sh.place[id]
	return sh.parts[i*n : (i+1)*n]
}

// draw works out what the present rules count for these leads.
func (s *Service) draw(ctx context.Context, idb bun.IDB, ids []int64) (*sheet, error) {
	b, err := s.book(ctx, idb)
	if err != nil {
		return nil, err
	}
	sh, now := newSheet(b, ids), s.clock.Now()
	if err := idb.NewSelect().Model((*leads.Event)(nil)).ColumnExpr("coalesce(max(id), 0)").Scan(ctx, &sh.seen); err != nil {
		return nil, fmt.Errorf("scores: newest event: %w", err)
	}
	if err := sh.countEvents(ctx, idb, s.leads, now); err != nil {
		return nil, err
	}
	if len(b.asked) == 0 {
		return sh, nil
	}
	facts, err := s.leads.Facts(ctx, idb, ids, b.asked...)
	if err != nil {
		return nil, err
	}
	for j, r := range b.rules {
		if r.Condition == nil {
			continue
		}
		for _, id := range ids {
			if f := facts[id]; f != nil && r.matcher.Match(f, now) {
				p := &sh.of(id)[j]
				p.Points, p.Times = float64(r.Points), 1
			}
		}
	}
	return sh, nil
}

// countEvents adds up what the rules about events count.
func (sh *sheet) countEvents(ctx context.Context, idb bun.IDB, l *leads.Service, now time.Time) error {
	ever := make(map[string]time.Duration, len(sh.names))
	for _, name := range sh.names {
		ever[name] = 0
	}
	events, err := l.NewestEvents(ctx, idb, sh.ids, ever, mostEvents)
	if err != nil {
		return fmt.Errorf("scores: %w", err)
	}
	for _, e := range events {
		parts := sh.of(e.LeadID)
		for j, r := range sh.rules {
			if r.Condition == nil && r.gives(e, now) {
				parts[j].Points += r.worth(now.Sub(e.OccurredAt))
				parts[j].Times++
			}
		}
	}
	for _, id := range sh.ids {
		for j := range sh.of(id) {
			p := &sh.of(id)[j]
			p.Points = sh.rules[j].capped(p.Points)
		}
	}
	return nil
}
