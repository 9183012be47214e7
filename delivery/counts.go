package delivery

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// Counts is what became of messages. All is the sum of the states; Opened, Clicked
// and Unsubscribed count messages, each once.
type Counts struct {
	All          int `json:"all"`
	Due          int `json:"due"`
	Sending      int `json:"sending"`
	Sent         int `json:"sent"`
	Failed       int `json:"failed"`
	Suppressed   int `json:"suppressed"`
	Unsure       int `json:"unsure"`
	Opened       int `json:"opened"`
	Clicked      int `json:"clicked"`
	Unsubscribed int `json:"unsubscribed"`
}

// Waiting is how many are still to go out.
func (c Counts) Waiting() int { return c.Due + c.Sending }

// Counts returns what became of all messages.
func (s *Service) Counts(ctx context.Context) (Counts, error) {
	byNothing, err := s.count(ctx, "", func(q *bun.SelectQuery) *bun.SelectQuery { return q })
	return byNothing[""], err
}

// CountsByJourney returns what became of the messages of each journey, by its key;
// "" are those that no journey sent.
func (s *Service) CountsByJourney(ctx context.Context) (map[string]Counts, error) {
	return s.count(ctx, "journey", func(q *bun.SelectQuery) *bun.SelectQuery { return q })
}

// CountsByStep returns what became of one journey's messages, all versions together,
// by the key of the step that sends them.
func (s *Service) CountsByStep(ctx context.Context, journey string) (map[string]Counts, error) {
	return s.count(ctx, "step", func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("journey = ?", journey) })
}

type countRow struct {
	Part                             string
	State                            State
	N, Opened, Clicked, Unsubscribed int
}

func (s *Service) count(ctx context.Context, column string, where func(*bun.SelectQuery) *bun.SelectQuery) (map[string]Counts, error) {
	q := where(s.db.Read().NewSelect().Model((*Message)(nil)).ColumnExpr("state").ColumnExpr("count(*) AS n").
		ColumnExpr("count(opened_at) AS opened").ColumnExpr("count(clicked_at) AS clicked").
		ColumnExpr("count(unsubscribed_at) AS unsubscribed").Group("state"))
	if column == "" {
		q = q.ColumnExpr("'' AS part")
	} else {
		q = q.ColumnExpr("? AS part", bun.Ident(column)).Group(column)
	}
	var rows []countRow
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("messages: count: %w", err)
	}
	out := map[string]Counts{}
	for _, r := range rows {
		c := out[r.Part]
		c.All += r.N
		c.Opened += r.Opened
		c.Clicked += r.Clicked
		c.Unsubscribed += r.Unsubscribed
		switch r.State {
		case StateDue:
			c.Due += r.N
		case StateSending:
			c.Sending += r.N
		case StateSent:
			c.Sent += r.N
		case StateFailed:
			c.Failed += r.N
		case StateSuppressed:
			c.Suppressed += r.N
		case StateUnsure:
			c.Unsure += r.N
		}
		out[r.Part] = c
	}
	return out, nil
}
