package abtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
)

// The surfaces whose visitors are leads: who gets an e-mail, walks a journey or is given
// an offer is known by name, on whatever device they read it.
const (
	SurfaceEmail   = "email"
	SurfaceJourney = "journey"
	SurfaceOffer   = "offer"
)

// overLeads reports whether the experiment splits leads instead of visitors of pages.
func (d *Definition) overLeads() bool { return overLeads(d.Surface) }

func overLeads(surface string) bool {
	return surface == SurfaceEmail || surface == SurfaceJourney || surface == SurfaceOffer
}

// leadVisitor is the id under which a lead is assigned and written down.
func leadVisitor(lead int64) string { return "lead:" + strconv.FormatInt(lead, 10) }

// Assigned is the variant that a lead has, and the regime whose weights it was drawn by:
// where it is counted later it is counted there, whatever the weights are by then. Where the
// hold-out of a roll-out drew it, the regime is that of the hold-out and below zero.
type Assigned struct {
	Variant string
	Regime  int
}

// AssignLeads returns the variants of those of the leads who have one, by the rules of
// Assign: computed from the lead's id, and whoever was shown a variant before keeps it. A
// lead into whom another was merged keeps what the one of them saw who came first. Who is
// left out gets the surface's first version and is not counted.
//
// It reads the experiment and who is in it, once for all of the leads. Inside a
// transaction pass that as idb.
func (s *Service) AssignLeads(ctx context.Context, idb bun.IDB, experiment string, leadIDs []int64) (map[int64]Assigned, error) {
	out := make(map[int64]Assigned, len(leadIDs))
	e, ok, err := s.within(ctx, idb, experiment)
	if err != nil || !ok {
		return out, err
	}
	others, sign := e.RolledOut, 1
	splits := e.splits() && others == ""
	if e.Holdout != "" {
		held, ok, err := s.within(ctx, idb, e.Holdout)
		if err != nil {
			return nil, err
		}
		if ok { // else everybody sees what is shown to all
			e, sign, splits = held, -1, held.counts()
		}
	}
	known := map[int64]*exposure{}
	if splits {
		if known, err = s.firstOf(ctx, idb, e, leadIDs); err != nil {
			return nil, err
		}
	}
	for _, id := range leadIDs {
		variant := others
		if x := known[id]; x != nil {
			variant = x.Variant
		} else if splits && e.admits() {
			if i, covered := e.split.Assign(leadVisitor(id)); covered {
				variant = e.Definition.Variants[i].Key
			}
		}
		if variant != "" {
			out[id] = Assigned{variant, sign * e.newestRegime()}
		}
	}
	return out, nil
}

// Shown is a lead who is shown a variant, as AssignLeads has drawn it.
type Shown struct {
	Experiment string
	Assigned
	LeadID int64
}

// ExposeLeads counts within tx, with what shows it to them, that leads see a variant: both
// are committed or neither is. The same once more changes nothing. Who was shown another
// one before is marked and left out of every figure, as visitors are. It is on the lead's
// timeline, by which segments and journeys hear of it.
//
// An experiment that is not there, does not run or lets nobody in counts nothing, and
// neither does a variant that it does not have: what is shown is shown all the same.
func (s *Service) ExposeLeads(ctx context.Context, tx db.Tx, shown ...Shown) error {
	// One order everywhere: two servers that count the same wait for each other.
	shown = slices.Clone(shown)
	slices.SortFunc(shown, func(a, b Shown) int {
		return cmp.Or(cmp.Compare(a.Experiment, b.Experiment), cmp.Compare(a.LeadID, b.LeadID))
	})
	var rows []*exposure
	var told []*leads.Event
	for len(shown) > 0 {
		n := slices.IndexFunc(shown, func(l Shown) bool { return l.Experiment != shown[0].Experiment })
		if n < 0 {
			n = len(shown)
		}
		e, fresh, err := s.newlyShown(ctx, tx, shown[:n])
		if err != nil {
			return fmt.Errorf("experiment %q: exposure of leads: %w", shown[0].Experiment, err)
		}
		for _, x := range fresh {
			told = append(told, e.entered(x))
		}
		rows, shown = append(rows, fresh...), shown[n:]
	}
	if len(rows) == 0 {
		return nil
	}
	if err := s.leads.Record(ctx, tx, told...); err != nil {
		return err
	}
	// Last, since the tallies are what everybody waits for.
	if err := s.write(ctx, tx, rows); err != nil {
		return fmt.Errorf("experiments: exposure of leads: %w", err)
	}
	return nil
}

// newlyShown are those exposures to one experiment that are not written down.
func (s *Service) newlyShown(ctx context.Context, tx db.Tx, shown []Shown) (*Experiment, []*exposure, error) {
	e, ok, err := s.within(ctx, tx, shown[0].Experiment)
	holdout := err == nil && ok && e.Holdout != ""
	if holdout {
		e, ok, err = s.within(ctx, tx, e.Holdout)
	}
	if err != nil || !ok || !e.counts() || !e.admits() {
		return nil, nil, err
	}
	ids := make([]int64, len(shown))
	for i, l := range shown {
		ids[i] = l.LeadID
	}
	known, err := s.firstOf(ctx, tx, e, ids)
	if err != nil {
		return nil, nil, err
	}
	var rows []*exposure
	now := s.clock.Now()
	for _, l := range shown {
		if e.arm(l.Variant) < 0 {
			continue
		}
		if drawn := l.Regime; drawn > 0 && holdout || drawn < 0 && !holdout {
			continue // before a roll-out and shown after it: by the weights of another experiment
		}
		x := e.exposure(leadVisitor(l.LeadID), l.Variant, now)
		x.LeadID, x.Regime = l.LeadID, e.newestRegime()
		if drawn := max(l.Regime, -l.Regime); drawn > 0 {
			x.Regime = min(drawn, x.Regime)
		}
		if before := known[l.LeadID]; before != nil {
			if before.Variant == l.Variant {
				continue
			}
			x.VisitorID = before.VisitorID // one person, of whatever name, counts once
		} else if _, covered := e.split.Assign(x.VisitorID); !covered {
			continue
		}
		rows = append(rows, x)
	}
	return e, rows, nil
}

// within finds an experiment: in memory or, inside a transaction, as it stands there.
func (s *Service) within(ctx context.Context, idb bun.IDB, key string) (*Experiment, bool, error) {
	tx, inside := idb.(db.Tx)
	if !inside {
		return s.known(ctx, key)
	}
	e, err := find(ctx, tx, key)
	if errors.Is(err, errs.NotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	return e.prepare(), true, nil
}

// firstOf are the leads' first exposures to an experiment, by lead.
func (s *Service) firstOf(ctx context.Context, idb bun.IDB, e *Experiment, leadIDs []int64) (map[int64]*exposure, error) {
	out := make(map[int64]*exposure, len(leadIDs))
	if len(leadIDs) == 0 {
		return out, nil
	}
	var rows []*exposure
	if err := idb.NewSelect().Model(&rows).Column("visitor_id", "variant", "lead_id").Where("experiment_id = ?", e.ID).
		Where("lead_id IN (?)", bun.List(leadIDs)).Order("first_at", "visitor_id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("experiment %q: variants of leads: %w", e.Key, err)
	}
	for _, x := range rows {
		if out[x.LeadID] == nil {
			out[x.LeadID] = x
		}
	}
	return out, nil
}

// VariantsOn lists the keys of an experiment's variants in their order, or NotFound. One on
// another surface is refused.
func (s *Service) VariantsOn(ctx context.Context, idb bun.IDB, experiment, surface string) ([]string, error) {
	e, err := find(ctx, idb, experiment)
	if err != nil {
		return nil, err
	}
	if e.Definition.Surface != surface {
		return nil, errs.Fields{"experiment": fmt.Sprintf("the experiment %s is on the surface %s: it needs surface: %s", experiment, e.Definition.Surface, surface)}
	}
	keys := make([]string, len(e.Definition.Variants))
	for i, v := range e.Definition.Variants {
		keys[i] = v.Key
	}
	return keys, nil
}

// MatchVariants makes sure that what an experiment splits has a version for each variant
// given out, and no others: whoever got one that is missing would be shown the first and
// counted for another. It returns errs.Fields; what is the word for it, as "offer".
func MatchVariants(what, experiment string, given, have []string) error {
	for _, key := range given {
		if !slices.Contains(have, key) {
			return errs.Fields{"variants": fmt.Sprintf("the experiment %s has a variant %q, and this %s has not", experiment, key, what)}
		}
	}
	for i, key := range have {
		if !slices.Contains(given, key) {
			return errs.Fields{fmt.Sprintf("variants[%d].key", i): fmt.Sprintf("the experiment %s has no variant %q", experiment, key)}
		}
	}
	return nil
}

// Control is the key of an experiment's first variant; "" when there is no such experiment.
func (s *Service) Control(ctx context.Context, experiment string) (string, error) {
	e, ok, err := s.known(ctx, experiment)
	if err != nil || !ok {
		return "", err
	}
	return e.Definition.Control(), nil
}
