package scoring

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/leads"
)

// Score is how warm a lead is.
type Score struct {
	bun.BaseModel `bun:"table:lead_scores,alias:score"`

	LeadID    int64     `bun:",pk" json:"lead_id"`
	Score     int64     `json:"score"`
	Grade     string    `json:"grade"` // "" when below the last grade
	UpdatedAt time.Time `json:"updated_at"`
}

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

// OnEvents works the scores of those to whom something happened out anew, if a rule
// is about it.
func (s *Service) OnEvents(ctx context.Context, events []*leads.Event) error {
	b, err := s.book(ctx, s.db.Read())
	if err != nil || len(b.rules) == 0 {
		return err
	}
	cause := map[int64]int64{} // lead → the newest event that may have changed the score
	for _, e := range events {
		if e.LeadID != 0 && !ours[e.Name] && b.concerns(e) {
			cause[e.LeadID] = max(cause[e.LeadID], e.ID)
		}
	}
	if len(cause) == 0 {
		return nil
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		changes, err := s.score(ctx, tx, b, keys(cause))
		if err != nil {
			return err
		}
		var happened []*leads.Event
		for _, c := range changes {
			happened = append(happened, c.event(fmt.Sprintf("score:%d:%d", c.now.LeadID, cause[c.now.LeadID])))
		}
		return s.leads.Record(ctx, tx, happened...)
	})
}

// brings are the events with which others can come to a lead: what a visitor did
// before, or what another lead did.
var brings = map[string]bool{
	leads.EventPastJoined: true, leads.EventLeadsMerged: true, leads.EventMergeUndone: true,
}

// concerns says whether an event can change a score.
func (b *book) concerns(e *leads.Event) bool {
	if brings[e.Name] {
		return true
	}
	return slices.ContainsFunc(b.rules, func(r *manifest.Row[Rule]) bool {
		return r.Definition.Condition != nil || r.Definition.Event == e.Name && conditions.MatchProperties(r.Definition.Where, e.Properties)
	})
}

// change is a score that is not what it was.
type change struct {
	was, now Score
	why      []string // the keys of the rules whose part has changed
}

func (c change) event(messageID string) *leads.Event {
	return &leads.Event{
		MessageID: messageID, LeadID: c.now.LeadID, Name: leads.EventScoreChanged, Source: "scoring",
		Properties: map[string]any{"from": c.was.Score, "to": c.now.Score, "grade": c.now.Grade, "grade_before": c.was.Grade, "rules": c.why},
	}
}

// score works the leads' scores out from their timelines and facts within tx, and
// returns those that changed.
func (s *Service) score(ctx context.Context, tx db.Tx, b *book, ids []int64) ([]change, error) {
	before, err := s.hold(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	parts, err := s.parts(ctx, tx, b, ids, now)
	if err != nil {
		return nil, err
	}
	var old []*Part
	if err := tx.NewSelect().Model(&old).Where("lead_id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("scores: read parts: %w", err)
	}
	var changes []change
	for _, id := range ids {
		if before[id] == nil {
			continue // merged or erased
		}
		c := change{was: *before[id], now: Score{LeadID: id, UpdatedAt: now}}
		sum := 0.0
		for _, rule := range b.rules {
			p := parts[part{id, rule.ID}]
			sum += p.Points
			was := slices.IndexFunc(old, func(o *Part) bool { return o.LeadID == id && o.RuleID == rule.ID })
			if was < 0 && p.Points != 0 || was >= 0 && old[was].Points != p.Points {
				c.why = append(c.why, rule.Key)
			}
		}
		c.now.Score = int64(math.Round(sum))
		c.now.Grade = b.scale.grade(c.now.Score)
		if c.now.Score != c.was.Score || c.now.Grade != c.was.Grade {
			changes = append(changes, c)
		}
	}
	return changes, s.store(ctx, tx, ids, parts, changes)
}

// hold makes sure that each lead has a row and holds it until the end of tx, so that
// two workers do not work out the same score beside each other.
func (s *Service) hold(ctx context.Context, tx db.Tx, ids []int64) (map[int64]*Score, error) {
	slices.Sort(ids)
	if _, err := tx.ExecContext(ctx, `INSERT INTO lead_scores (lead_id, updated_at)
		SELECT id, ? FROM leads WHERE id IN (?) AND merged_into IS NULL AND erased_at IS NULL ORDER BY id
		ON CONFLICT (lead_id) DO NOTHING`, s.clock.Now(), bun.List(ids)); err != nil {
		return nil, fmt.Errorf("scores: begin: %w", err)
	}
	var rows []*Score
	q := tx.NewSelect().Model(&rows).Where("lead_id IN (?)", bun.List(ids)).Order("lead_id")
	if s.db.Dialect() == db.Postgres {
		q = q.For("UPDATE") // SQLite has one writer
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("scores: read: %w", err)
	}
	out := make(map[int64]*Score, len(rows))
	for _, row := range rows {
		out[row.LeadID] = row
	}
	return out, nil
}

// part is whose and which rule's.
type part struct{ lead, rule int64 }

// parts works out what each rule counts for each lead.
func (s *Service) parts(ctx context.Context, tx db.Tx, b *book, ids []int64, now time.Time) (map[part]*Part, error) {
	out := map[part]*Part{}
	var names []string
	var asked []conditions.Condition
	for _, id := range ids {
		for _, r := range b.rules {
			out[part{id, r.ID}] = &Part{LeadID: id, RuleID: r.ID}
		}
	}
	for _, r := range b.rules {
		if r.Definition.Condition != nil {
			asked = append(asked, *r.Definition.Condition)
		} else {
			names = append(names, r.Definition.Event)
		}
	}
	if err := s.countEvents(ctx, tx, b, ids, names, now, out); err != nil {
		return nil, err
	}
	if len(asked) == 0 {
		return out, nil
	}
	facts, err := s.leads.Facts(ctx, tx, ids, asked...)
	if err != nil {
		return nil, err
	}
	for _, r := range b.rules {
		if r.Definition.Condition == nil {
			continue
		}
		m := conditions.Compile(*r.Definition.Condition)
		for _, id := range ids {
			if f := facts[id]; f != nil && m.Match(f, now) {
				p := out[part{id, r.ID}]
				p.Points, p.Times = float64(r.Definition.Points), 1
			}
		}
	}
	return out, nil
}

// countEvents adds up what the rules about events count.
func (s *Service) countEvents(ctx context.Context, tx db.Tx, b *book, ids []int64, names []string, now time.Time, out map[part]*Part) error {
	if len(names) == 0 {
		return nil
	}
	var events []*leads.Event
	ranked := tx.NewSelect().Model((*leads.Event)(nil)).Column("lead_id", "name", "properties", "occurred_at").
		ColumnExpr("row_number() OVER (PARTITION BY lead_id, name ORDER BY occurred_at DESC, id DESC) AS n").
		Where("lead_id IN (?)", bun.List(ids)).Where("name IN (?)", bun.List(names)).Where("occurred_at <= ?", now)
	if err := tx.NewSelect().Model(&events).ModelTableExpr("(?) AS event", ranked).
		Column("lead_id", "name", "properties", "occurred_at").Where("n <= ?", mostEvents).Scan(ctx); err != nil {
		return fmt.Errorf("scores: read events: %w", err)
	}
	for _, r := range b.rules {
		rule := &r.Definition
		for _, e := range events {
			if rule.Event == e.Name && conditions.MatchProperties(rule.Where, e.Properties) {
				p := out[part{e.LeadID, r.ID}]
				p.Points += rule.worth(now.Sub(e.OccurredAt))
				p.Times++
			}
		}
		for _, id := range ids {
			p := out[part{id, r.ID}]
			p.Points = rule.capped(p.Points)
		}
	}
	return nil
}

// store writes the parts, and the scores that changed.
func (s *Service) store(ctx context.Context, tx db.Tx, ids []int64, parts map[part]*Part, changes []change) error {
	if _, err := tx.NewDelete().Model((*Part)(nil)).Where("lead_id IN (?)", bun.List(ids)).Exec(ctx); err != nil {
		return fmt.Errorf("scores: clear parts: %w", err)
	}
	var rows []*Part
	for _, p := range parts {
		if p.Times > 0 {
			rows = append(rows, p)
		}
	}
	slices.SortFunc(rows, func(a, b *Part) int { return cmp.Or(cmp.Compare(a.LeadID, b.LeadID), cmp.Compare(a.RuleID, b.RuleID)) })
	if len(rows) > 0 {
		if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
			return fmt.Errorf("scores: store parts: %w", err)
		}
	}
	if len(changes) == 0 {
		return nil
	}
	scores := make([]*Score, len(changes))
	for i := range changes {
		scores[i] = &changes[i].now
	}
	if _, err := tx.NewInsert().Model(&scores).On("CONFLICT (lead_id) DO UPDATE").
		Set("score = EXCLUDED.score").Set("grade = EXCLUDED.grade").Set("updated_at = EXCLUDED.updated_at").Exec(ctx); err != nil {
		return fmt.Errorf("scores: store: %w", err)
	}
	return nil
}

func keys(m map[int64]int64) []int64 {
	out := make([]int64, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}
