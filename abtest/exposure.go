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
	"github.com/sarnakh/sarnakh/internal/web"
)

// exposure is one visitor who saw one variant.
type exposure struct {
	bun.BaseModel `bun:"table:exposures,alias:exposure"`

	ExperimentID int64  `bun:",pk"`
	VisitorID    string `bun:",pk"`
	FirstAt      time.Time
	cell
	LeadID int64 `bun:",nullzero"` // who the visitor is, once that is known
}

// longestVisitor is the longest id of a visitor that is taken, in bytes.
const longestVisitor = 200

func isVisitor(id string) bool {
	return id != "" && len(id) <= longestVisitor && utf8.ValidString(id) && !strings.ContainsRune(id, 0)
}

// Expose counts that the visitor saw the variant. Only the first time is written
// down; it returns when that is on the disk. Seen in a second variant, the visitor
// is marked and left out of every figure. A visitor whom the experiment does not
// cover or is not for, and an experiment that is not running or lets nobody in, count
// nothing; a variant that the experiment does not have is Invalid.
func (s *Service) Expose(ctx context.Context, experiment, variant, visitorID string, from web.Visit) error {
	if !isVisitor(visitorID) {
		return fmt.Errorf("experiment %q: the visitor's id is empty, longer than %d bytes or not text: %w", experiment, longestVisitor, errs.Invalid)
	}
	e, ok, err := s.counted(ctx, experiment)
	if err != nil || !ok {
		return err
	}
	arm := e.arm(variant)
	if arm < 0 {
		return fmt.Errorf("experiment %q has no variant %q: %w", experiment, variant, errs.Invalid)
	}
	if !e.admits() || !e.Definition.Audience.fits(from) || s.seen.has(e.ID, visitorID, arm) {
		return nil // who was in before is written down
	}
	if _, covered := e.split.Assign(visitorID); !covered {
		return nil
	}
	x := e.exposure(visitorID, variant, s.clock.Now())
	x.Regime = e.newestRegime() // whose weights e divides by, whatever another server's clock says
	x.Device, x.Traffic, x.Language = from.Device, from.Channel, from.Language
	if err := s.batch.Do(ctx, x); err != nil {
		return fmt.Errorf("experiment %q: exposure: %w", experiment, err)
	}
	s.seen.add(e.ID, visitorID, arm)
	return nil
}

// exposure is a visitor who saw a variant at a moment.
func (e *Experiment) exposure(visitor, variant string, at time.Time) *exposure {
	return &exposure{ExperimentID: e.ID, VisitorID: visitor, FirstAt: at, cell: cell{Variant: variant, Regime: e.regimeAt(at), Day: e.days(at)}}
}

// write stores a batch of exposures, and their tallies, in a few statements.
func (s *Service) write(ctx context.Context, tx db.Tx, batch []*exposure) error {
	rows := distinct(batch)
	// The order is the same everywhere, so that two servers cannot wait for each other.
	slices.SortFunc(rows, func(a, b *exposure) int {
		return cmp.Or(cmp.Compare(a.ExperimentID, b.ExperimentID), strings.Compare(a.VisitorID, b.VisitorID))
	})
	var made []*exposure
	if err := tx.NewInsert().Model(&rows).On("CONFLICT (experiment_id, visitor_id) DO NOTHING").
		Returning("experiment_id, visitor_id").Scan(ctx, &made); err != nil {
		return err
	}
	fresh := make(map[visitorOf]bool, len(made))
	for _, x := range made {
		fresh[x.who()] = true
	}
	moves := newMoves()
	var known []*exposure
	for _, x := range rows {
		if fresh[x.who()] {
			moves.add(x.ExperimentID, x.cell, 1)
		} else {
			known = append(known, x)
		}
	}
	if err := s.cross(ctx, tx, known, moves); err != nil {
		return err
	}
	return moves.save(ctx, tx)
}

// cross marks those of the known visitors who were seen in another variant now.
func (s *Service) cross(ctx context.Context, tx db.Tx, known []*exposure, moves moves) error {
	if len(known) == 0 {
		return nil
	}
	seen := make([]*sighting, len(known))
	for i, x := range known {
		seen[i] = &sighting{x.ExperimentID, x.VisitorID, x.Variant, x.Crossed}
	}
	var crossed []*exposure
	if err := tx.NewUpdate().With("seen", tx.NewValues(&seen)).Model((*exposure)(nil)).TableExpr("seen").
		Set("crossed = TRUE").Where("exposure.experiment_id = seen.experiment").Where("exposure.visitor_id = seen.visitor").
		Where("NOT exposure.crossed").Where("seen.twice OR exposure.variant <> seen.shown").
		Returning(standing).Scan(ctx, &crossed); err != nil {
		return err
	}
	cells, visitors := map[visitorOf]cell{}, map[int64][]string{}
	for _, x := range crossed {
		was := x.cell
		was.Crossed = false
		moves.add(x.ExperimentID, was, -1)
		moves.add(x.ExperimentID, x.cell, 1)
		cells[x.who()] = x.cell
		visitors[x.ExperimentID] = append(visitors[x.ExperimentID], x.VisitorID)
	}
	for experiment, list := range visitors {
		held, err := heldGoals(ctx, tx, experiment, list)
		if err != nil {
			return err
		}
		for _, r := range held {
			at := cells[visitorOf{experiment, r.VisitorID}]
			moves.reach(at, r, 1)
			at.Crossed = false
			moves.reach(at, r, -1)
		}
	}
	return nil
}

// sighting is a known visitor who was seen again.
type sighting struct {
	Experiment int64  `bun:"type:bigint"`
	Visitor    string `bun:"type:text"`
	Shown      string `bun:"type:text"`
	Twice      bool   `bun:"type:boolean"` // in several variants
}

type visitorOf struct {
	experiment int64
	visitor    string
}

func (x *exposure) who() visitorOf { return visitorOf{x.ExperimentID, x.VisitorID} }

// distinct keeps one row for each visitor: a statement may not touch a row twice.
func distinct(batch []*exposure) []*exposure {
	first := make(map[visitorOf]*exposure, len(batch))
	rows := make([]*exposure, 0, len(batch))
	for _, x := range batch {
		known := first[x.who()]
		if known == nil {
			known = x
			first[x.who()] = x
			rows = append(rows, x)
		}
		known.Crossed = known.Crossed || known.Variant != x.Variant
	}
	return rows
}
