package scoring

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
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

// OnEvents works the scores of those to whom something happened out anew, if a rule
// is about it.
func (s *Service) OnEvents(ctx context.Context, events []*leads.Event) error {
	b, err := s.book(ctx, s.db.Read())
	if err != nil || len(b.rules) == 0 {
		return err
	}
	concerned := map[int64]bool{}
	for _, e := range events {
		if e.LeadID != 0 && !ours[e.Name] && b.concerns(e) {
			concerned[e.LeadID] = true
		}
	}
	if len(concerned) == 0 {
		return nil
	}
	return s.score(ctx, slices.Sorted(maps.Keys(concerned)), func(change) bool { return true }, nil)
}

// change is a score that is not what it was.
type change struct {
	was, now Score
	why      []string // the keys of the rules whose part has changed
}

// event is the line on the timeline. It needs no id of its own: it is written together
// with the score, so that whoever comes with the same news again finds no change.
func (c change) event() *leads.Event {
	return &leads.Event{
		LeadID: c.now.LeadID, Name: leads.EventScoreChanged, Source: "scoring",
		Properties: map[string]any{"from": c.was.Score, "to": c.now.Score, "grade": c.now.Grade, "grade_before": c.was.Grade, "rules": c.why},
	}
}

// score works the leads' scores out from their timelines and facts and stores what
// differs; changes that are told become events. with, unless nil, does more in the same
// transaction. The ids are sorted.
//
// Of two who work out the same lead's score the later one sees all that the earlier saw:
// on PostgreSQL each holds the leads' rows while it reads; on SQLite, where whoever writes
// keeps all others waiting, it reads beforehand and looks again at leads to whom something
// happened since.
func (s *Service) score(ctx context.Context, ids []int64, told func(change) bool, with func(ctx context.Context, tx db.Tx) error) error {
	var drawn *sheet
	if s.db.Dialect() == db.SQLite {
		var err error
		if drawn, err = s.draw(ctx, s.db.Read(), ids); err != nil {
			return err
		}
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if with != nil {
			if err := with(ctx, tx); err != nil {
				return err
			}
		}
		before, err := s.hold(ctx, tx, ids)
		if err != nil {
			return err
		}
		now, err := s.current(ctx, tx, drawn, ids)
		if err != nil {
			return err
		}
		changes, err := s.store(ctx, tx, now, before)
		if err != nil {
			return err
		}
		var happened []*leads.Event
		for _, c := range changes {
			if told(c) {
				happened = append(happened, c.event())
			}
		}
		return s.leads.Record(ctx, tx, happened...)
	})
}

// current returns what the rules count as of this moment, within tx: as it was drawn
// before, as far as that still holds.
func (s *Service) current(ctx context.Context, tx db.Tx, drawn *sheet, ids []int64) (*sheet, error) {
	b, err := s.book(ctx, tx)
	if err != nil {
		return nil, err
	}
	if drawn == nil || drawn.edition != b.edition {
		return s.draw(ctx, tx, ids)
	}
	var late []int64
	// SQLite is to read the newest events, not all of these leads.
	if err := tx.NewRaw("SELECT DISTINCT lead_id FROM (SELECT lead_id FROM events NOT INDEXED WHERE id > ? AND lead_id IN (?)) AS late ORDER BY lead_id",
		drawn.seen, bun.List(ids)).Scan(ctx, &late); err != nil {
		return nil, fmt.Errorf("scores: what came since: %w", err)
	}
	if len(late) == 0 {
		return drawn, nil
	}
	again, err := s.draw(ctx, tx, late)
	if err != nil {
		return nil, err
	}
	for _, id := range late {
		copy(drawn.of(id), again.of(id))
	}
	return drawn, nil
}

// hold makes sure that each living lead has a row and holds it until the end of tx.
func (s *Service) hold(ctx context.Context, tx db.Tx, ids []int64) (map[int64]*Score, error) {
	if _, err := tx.ExecContext(ctx, `INSERT INTO lead_scores (lead_id, updated_at)
		SELECT id, ? FROM leads WHERE id IN (?) AND merged_into IS NULL AND erased_at IS NULL ORDER BY id
		ON CONFLICT (lead_id) DO NOTHING`, s.clock.Now(), bun.List(ids)); err != nil {
		return nil, fmt.Errorf("scores: begin: %w", err)
	}
	var rows []*Score
	q := tx.NewSelect().Model(&rows).ColumnExpr("score.*").Join("JOIN leads AS lead ON lead.id = score.lead_id").
		Where("score.lead_id IN (?)", bun.List(ids)).Where(leads.Living).OrderExpr("score.lead_id")
	if s.db.Dialect() == db.Postgres {
		q = q.For("UPDATE OF score") // SQLite has one writer
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

// differs compares a lead's parts with those that are stored, and says what changes.
func (sh *sheet) differs(id int64, was Score, old map[int64]*Part, now time.Time) (c change, changed bool) {
	c = change{was: was, now: Score{LeadID: id, UpdatedAt: now}}
	sum := 0.0
	for i, p := range sh.of(id) {
		sum += p.Points
		before := 0.0
		if o := old[p.RuleID]; o != nil {
			before = o.Points
		}
		if before != p.Points {
			c.why = append(c.why, sh.rules[i].Key)
		}
	}
	c.now.Score = int64(math.Round(sum))
	c.now.Grade = sh.scale.grade(c.now.Score)
	return c, c.now.Score != was.Score || c.now.Grade != was.Grade
}
