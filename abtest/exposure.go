package abtest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// exposure is one visitor who saw one variant, and whether they converted after.
type exposure struct {
	bun.BaseModel `bun:"table:exposures,alias:exposure"`

	ExperimentID int64  `bun:",pk"`
	VisitorID    string `bun:",pk"`
	Variant      string
	Day          int // since the start
	FirstAt      time.Time
	Crossed      bool      // seen in another variant too
	ConvertedAt  time.Time `bun:",nullzero"`
	EventID      int64     `bun:",nullzero"`
	LeadID       int64     `bun:",nullzero"`
}

// longestVisitor is the longest id of a visitor that is taken, in bytes.
const longestVisitor = 200

// Expose counts that the visitor saw the variant. Only the first time is written
// down; it returns when that is on the disk. Seen in a second variant, the visitor
// is marked and left out of every figure. A visitor whom the experiment does not
// cover and one that is not running count nothing; a variant that the experiment
// does not have is Invalid.
func (s *Service) Expose(ctx context.Context, experiment, variant, visitorID string) error {
	if visitorID == "" || len(visitorID) > longestVisitor || !utf8.ValidString(visitorID) || strings.ContainsRune(visitorID, 0) {
		return fmt.Errorf("experiment %q: the visitor's id is empty, longer than %d bytes or not text: %w", experiment, longestVisitor, errs.Invalid)
	}
	e, ok, err := s.known(ctx, experiment)
	if err != nil || !ok || !e.counts() {
		return err
	}
	arm := slices.IndexFunc(e.Definition.Variants, func(v Variant) bool { return v.Key == variant })
	if arm < 0 {
		return fmt.Errorf("experiment %q has no variant %q: %w", experiment, variant, errs.Invalid)
	}
	if _, covered := e.split.Assign(visitorID); !covered || s.seen.has(e.ID, visitorID, arm) {
		return nil
	}
	now := s.clock.Now()
	if err := s.batch.Do(ctx, &exposure{
		ExperimentID: e.ID, VisitorID: visitorID, Variant: variant, Day: e.days(now), FirstAt: now,
	}); err != nil {
		return fmt.Errorf("experiment %q: exposure: %w", experiment, err)
	}
	s.seen.add(e.ID, visitorID, arm)
	return nil
}

// write stores a batch of exposures in one statement.
func (s *Service) write(ctx context.Context, tx db.Tx, batch []*exposure) error {
	rows := distinct(batch)
	// The order is the same everywhere, so that two servers cannot wait for each other.
	slices.SortFunc(rows, func(a, b *exposure) int {
		return cmp.Or(cmp.Compare(a.ExperimentID, b.ExperimentID), strings.Compare(a.VisitorID, b.VisitorID))
	})
	_, err := tx.NewInsert().Model(&rows).
		On("CONFLICT (experiment_id, visitor_id) DO UPDATE").Set("crossed = TRUE").
		Where("NOT exposure.crossed AND (EXCLUDED.crossed OR exposure.variant <> EXCLUDED.variant)").
		Returning("NULL").Exec(ctx)
	return err
}

// distinct keeps one row for each visitor: a statement may not touch a row twice.
func distinct(batch []*exposure) []*exposure {
	type who struct {
		experiment int64
		visitor    string
	}
	first := make(map[who]*exposure, len(batch))
	rows := make([]*exposure, 0, len(batch))
	for _, x := range batch {
		known := first[who{x.ExperimentID, x.VisitorID}]
		if known == nil {
			known = x
			first[who{x.ExperimentID, x.VisitorID}] = x
			rows = append(rows, x)
		}
		known.Crossed = known.Crossed || known.Variant != x.Variant
	}
	return rows
}
