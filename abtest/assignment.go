package abtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/sarnakh/sarnakh/internal/web"
)

// Assign returns the variant that this visitor sees, the same at each visit. As a rule it
// is computed from the visitor's id, and nothing is read or stored. It is "" for an
// experiment that nobody knows or that does not run, and for a visitor whom it does not
// cover or who comes from outside its audience: then the surface shows its first version.
// A verdict changes nothing here; after it visitors keep their variant.
//
// Where the id alone does not tell what a visitor saw, since the weights have changed,
// nobody new may enter or the visit does not fit the audience, whoever is in keeps the
// variant of their first view, which is remembered or else read.
func (s *Service) Assign(ctx context.Context, experiment, visitorID string, from web.Visit) (variant string, err error) {
	e, ok, err := s.known(ctx, experiment)
	if err != nil || !ok {
		return "", err
	}
	if e.RolledOut != "" {
		return s.rolledOut(ctx, e, visitorID, from)
	}
	if !e.splits() {
		return "", nil
	}
	enters := e.admits() && e.Definition.Audience.fits(from)
	if !enters || e.reweighted {
		if variant, err = s.recall(ctx, e, visitorID); err != nil || variant != "" {
			return variant, err
		}
	}
	i, covered := e.split.Assign(visitorID)
	if !enters || !covered {
		return "", nil
	}
	return e.Definition.Variants[i].Key, nil
}

// recall is the variant that a visitor was first seen in; "" for somebody new.
func (s *Service) recall(ctx context.Context, e *Experiment, visitorID string) (string, error) {
	if !isVisitor(visitorID) {
		return "", nil // never written down
	}
	if arm, ok := s.seen.arm(e.ID, visitorID); ok && arm < len(e.Definition.Variants) {
		return e.Definition.Variants[arm].Key, nil
	}
	x := new(exposure)
	err := s.db.Read().NewSelect().Model(x).Column("variant").
		Where("experiment_id = ?", e.ID).Where("visitor_id = ?", visitorID).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("experiment %q: variant of a visitor: %w", e.Key, err)
	}
	if arm := e.arm(x.Variant); arm >= 0 {
		s.seen.add(e.ID, visitorID, arm)
	}
	return x.Variant, nil
}

// arm is the number of a variant from 0, or -1.
func (e *Experiment) arm(variant string) int {
	return slices.IndexFunc(e.Definition.Variants, func(v Variant) bool { return v.Key == variant })
}
