package abtest

import (
	"context"
	"fmt"

	"github.com/sarnakh/sarnakh/abtest/assign"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// Namespace keeps experiments apart that must not share visitors: each takes a piece of
// the line from 0 to 1, and a visitor stands at one point of it.
type Namespace struct {
	Name string  `json:"name" yaml:"name" validate:"required,max=60"`
	From float64 `json:"from" yaml:"from" validate:"gte=0,lt=1"`
	To   float64 `json:"to" yaml:"to" validate:"gt=0,lte=1"`
}

// overlaps reports whether a visitor can stand in both pieces.
func (n *Namespace) overlaps(other *Namespace) bool {
	return n != nil && other != nil && n.Name == other.Name && n.From < other.To && other.From < n.To
}

// assign is the piece as visitors are placed by it; nil for the whole.
func (n *Namespace) assign() *assign.Namespace {
	if n == nil {
		return nil
	}
	return &assign.Namespace{Name: n.Name, Lo: n.From, Hi: n.To}
}

// checkRoom refuses to start an experiment whose piece of a namespace is taken by one that
// splits visitors now.
func (s *Service) checkRoom(ctx context.Context, tx db.Tx, e *Experiment) error {
	mine := e.Definition.Namespace
	if mine == nil {
		return nil
	}
	if s.db.Dialect() == db.Postgres {
		// Two that start at once see each other; SQLite has one writer.
		if _, err := tx.NewRaw("LOCK TABLE experiments IN SHARE ROW EXCLUSIVE MODE").Exec(ctx); err != nil {
			return fmt.Errorf("experiment %q: namespace: %w", e.Key, err)
		}
	}
	var running []*Experiment
	if err := tx.NewSelect().Model(&running).Where("started_at IS NOT NULL").Where("stopped_at IS NULL").Where("key <> ?", e.Key).
		Order("id").Limit(mostCounting).Scan(ctx); err != nil {
		return fmt.Errorf("experiment %q: namespace: %w", e.Key, err)
	}
	for _, other := range running {
		if mine.overlaps(other.Definition.Namespace) {
			return fmt.Errorf("experiment %q: %w: %w", e.Key, errs.Conflict, errs.Fields{
				"namespace": fmt.Sprintf("the experiment %q, which runs, has %v to %v of %q: take another piece, or stop that one first",
					other.Key, other.Definition.Namespace.From, other.Definition.Namespace.To, mine.Name),
			})
		}
	}
	return nil
}
