package abtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/web"
)

// Rollout is that one variant was made what everybody sees.
type Rollout struct {
	Variant string    `json:"variant"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	// Holdout is the key of the experiment on those who are held back and see control on;
	// "" when nobody is.
	Holdout string `json:"holdout"`
}

// MostHeldBack is the largest share of the visitors that can be held back.
const MostHeldBack = 0.5

// RollOut makes a variant what everybody sees, on whatever surface it is and without a
// change there: pages, mails and programs go on asking for their variant. It ends an
// experiment that still runs. An audience stays whom it is for.
//
// With holdBack above 0 that share of the visitors, drawn anew, sees control on, and an
// experiment of its own measures what the variant goes on to bring: the key is the old
// one with "-holdout".
//
// The same again changes nothing. Another variant while one is rolled out, an experiment
// that has not started and one that is a hold-out itself are a Conflict.
func (s *Service) RollOut(ctx context.Context, key, variant string, holdBack float64, by string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := s.lock(ctx, tx, key)
		if err != nil {
			return err
		}
		if bad := e.rollable(variant, holdBack); len(bad) > 0 {
			return bad
		}
		switch {
		case e.RolledOut == variant && (e.Holdout != "") == (holdBack > 0):
			return nil
		case e.RolledOut != "":
			return fmt.Errorf("experiment %q: %q is shown to everybody already; take that back first: %w", key, e.RolledOut, errs.Conflict)
		case e.StartedAt.IsZero():
			return fmt.Errorf("experiment %q has not started: nothing is known of its variants: %w", key, errs.Conflict)
		case e.HoldoutOf != "":
			return fmt.Errorf("experiment %q is a hold-out: stop it, and everybody sees what %q was rolled out with: %w", key, e.HoldoutOf, errs.Conflict)
		}
		now := s.clock.Now()
		e.RolledOut, e.RolledOutAt, e.RolledOutBy, e.UpdatedAt = variant, now, by, now
		if e.StoppedAt.IsZero() {
			e.StoppedAt, e.Definition.State = now, Stopped
		}
		if holdBack > 0 {
			if e.Holdout, err = s.holdBack(ctx, tx, e, holdBack); err != nil {
				return err
			}
		}
		return s.saveRollout(ctx, tx, e, "experiment rolled out")
	})
}

// TakeBack undoes a roll-out: visitors see again what they saw once the experiment had
// stopped. A hold-out is stopped with it. Without a roll-out nothing changes.
func (s *Service) TakeBack(ctx context.Context, key, by string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		e, err := s.lock(ctx, tx, key)
		if err != nil || e.RolledOut == "" {
			return err
		}
		if e.Holdout != "" {
			held, err := find(ctx, tx, e.Holdout)
			if err != nil {
				return err
			}
			if held.counts() {
				d := held.Definition
				d.State = Stopped
				if err := (kind{s}).Apply(ctx, tx, &d); err != nil {
					return err
				}
			}
		}
		e.RolledOut, e.RolledOutAt, e.RolledOutBy, e.Holdout, e.UpdatedAt = "", time.Time{}, by, "", s.clock.Now()
		return s.saveRollout(ctx, tx, e, "experiment's roll-out taken back")
	})
}

func (s *Service) saveRollout(ctx context.Context, tx db.Tx, e *Experiment, said string) error {
	if _, err := tx.NewUpdate().Model(e).WherePK().
		Column("definition", "stopped_at", "rolled_out", "rolled_out_at", "rolled_out_by", "holdout", "updated_at").Exec(ctx); err != nil {
		return fmt.Errorf("experiment %q: %w", e.Key, err)
	}
	tx.AfterCommit(func() {
		s.forget(e.Key)
		s.log.Info(said, "experiment", e.Key, "variant", e.RolledOut, "by", e.RolledOutBy, "holdout", e.Holdout)
	})
	return nil
}

// rollable says what of a wish to roll out makes no sense.
func (e *Experiment) rollable(variant string, holdBack float64) errs.Fields {
	bad := errs.Fields{}
	if e.arm(variant) < 0 {
		bad["variant"] = "errors.experiment.no_variant"
	}
	switch {
	case !(holdBack >= 0 && holdBack <= MostHeldBack):
		bad["hold_back"] = "errors.experiment.hold_back"
	case holdBack > 0 && variant == e.Definition.Control():
		bad["hold_back"] = "errors.experiment.hold_back_control"
	}
	return bad
}

// longestKey is how many letters the key of a document may have.
const longestKey = 64

// freeKey is the key of an experiment's next hold-out: one that no experiment has, also not
// one that somebody wrote by hand.
func freeKey(ctx context.Context, tx db.Tx, key string) (string, error) {
	for n := 1; ; n++ {
		end := "-holdout"
		if n > 1 {
			end = fmt.Sprintf("-holdout-%d", n)
		}
		free := strings.TrimRight(key[:min(len(key), longestKey-len(end))], "-") + end
		if _, err := find(ctx, tx, free); errors.Is(err, errs.NotFound) {
			return free, nil
		} else if err != nil {
			return "", err
		}
	}
}

// holdoutName marks, in both languages, the experiment on those who are held back.
const holdoutName = " · hold-out · گروه شاهد"

// holdBack makes the experiment that goes on with control for a share of the visitors.
func (s *Service) holdBack(ctx context.Context, tx db.Tx, e *Experiment, share float64) (key string, err error) {
	if key, err = freeKey(ctx, tx, e.Key); err != nil {
		return "", err
	}
	d := e.Definition
	d.Key, d.State, d.Namespace, d.Coverage = key, Running, nil, nil
	name := []rune(d.Name)
	d.Name = string(name[:min(len(name), 120-len([]rune(holdoutName)))]) + holdoutName
	d.Mode = Prove // who is held back has a fixed share
	d.PlannedWeeks = nil
	// A document's rate is below 1, though as many conversions as visitors may be planned.
	d.PlannedConversions, d.PlannedConversionRate = 0, min(e.Definition.plannedRate(), 0.999)
	d.Variants = nil
	for _, v := range e.Definition.Variants {
		switch v.Key {
		case e.Definition.Control():
			v.Weight = share
		case e.RolledOut:
			v.Weight = 1 - share
		default:
			continue
		}
		d.Variants = append(d.Variants, v)
	}
	if err := manifest.Check(&d); err != nil {
		return "", fmt.Errorf("experiment %q: hold-out: %w", e.Key, err)
	}
	if err := (kind{s}).Apply(ctx, tx, &d); err != nil {
		return "", err
	}
	if _, err := tx.NewUpdate().Model((*Experiment)(nil)).Set("holdout_of = ?", e.Key).Where("key = ?", d.Key).Exec(ctx); err != nil {
		return "", fmt.Errorf("experiment %q: hold-out: %w", e.Key, err)
	}
	return d.Key, nil
}

// rolledOut is the variant that a visitor sees once one was rolled out: that, unless
// they are held back. Whoever does not fit the audience sees the first version.
func (s *Service) rolledOut(ctx context.Context, e *Experiment, visitorID string, from web.Visit) (string, error) {
	if !e.Definition.Audience.fits(from) {
		return "", nil
	}
	held, ok, err := s.counted(ctx, e.Key)
	if err != nil || !ok {
		return e.RolledOut, err
	}
	variant, err := s.Assign(ctx, held.Key, visitorID, from)
	if variant == "" {
		variant = e.RolledOut
	}
	return variant, err
}

// counted is the experiment that counts what visitors see on a surface: the one that it
// names or, after a roll-out, the hold-out; false when neither counts.
func (s *Service) counted(ctx context.Context, key string) (*Experiment, bool, error) {
	e, ok, err := s.known(ctx, key)
	if err == nil && ok && e.Holdout != "" {
		e, ok, err = s.known(ctx, e.Holdout)
	}
	return e, ok && err == nil && e.counts(), err
}

// rollout is what the report says of it; nil while nothing is rolled out.
func (e *Experiment) rollout() *Rollout {
	if e.RolledOut == "" {
		return nil
	}
	return &Rollout{Variant: e.RolledOut, At: e.RolledOutAt, By: e.RolledOutBy, Holdout: e.Holdout}
}
