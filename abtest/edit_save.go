package abtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/web"
)

var (
	errTaken     = fmt.Errorf("the key is taken: %w", errs.Conflict)
	errMeanwhile = fmt.Errorf("somebody else has changed the experiment: %w", errs.Conflict)
)

// save stores what the form says; a new experiment begins as a draft.
func (p pages) save(r *http.Request, e *Experiment, f typedForm) (key string, err error) {
	d := Definition{}
	var bad errs.Fields
	switch {
	case e == nil:
		bad = f.into(&d)
		d.Key = f.text("key")
	case e.StartedAt.IsZero():
		d = e.Definition
		bad = f.into(&d)
	default:
		d = e.Definition
		bad = f.namesInto(&d, e.weightsHeld() == "", e.coverageHeld() == "")
	}
	if len(bad) > 0 { // then all that is wrong at once, and not the rest after it is mended
		return "", p.s.alsoBad(r.Context(), bad, &d)
	}
	var base string
	if e != nil {
		base = f.Get(paramBase)
	}
	if err := p.s.change(r.Context(), &d, base, web.Who(r).Name); err != nil {
		return "", err
	}
	return d.Key, nil
}

// coverageHeld says why the coverage cannot be raised; "" when it can.
func (e *Experiment) coverageHeld() string {
	if !e.counts() {
		return "cannot change any more: the experiment is stopped"
	}
	return ""
}

// change stores what somebody wrote on a page. base is what was stored when they began: who
// comes later than somebody else is told, and so is who makes a new one under a key that
// is taken.
func (s *Service) change(ctx context.Context, d *Definition, base, by string) error {
	if err := s.alsoBad(ctx, errs.Fields{}, d); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		switch now, err := s.lock(ctx, tx, d.Key); {
		case err == nil && base == "":
			return errTaken
		case err == nil && fingerprint(&now.Definition) != base:
			return errMeanwhile
		case err != nil && (base != "" || !errors.Is(err, errs.NotFound)):
			return err
		}
		if err := s.checkRefs(ctx, tx, d); err != nil {
			return err
		}
		tx.AfterCommit(func() { s.log.Info("experiment changed", "experiment", d.Key, "state", d.wantedState(), "by", by) })
		return kind{s}.Apply(ctx, tx, d)
	})
}

// alsoBad adds to what is wrong with a form what the checks say of its definition: of a
// field the first is kept, and what only follows from a field that is wrong itself is not
// said. The answer is errs.Fields, or nil.
func (s *Service) alsoBad(ctx context.Context, bad errs.Fields, d *Definition) error {
	d.Kind = kind{s}.Name()
	bad = maps.Clone(bad)
	wrong := func(begins, ends string) bool {
		for path := range bad {
			if strings.HasPrefix(path, begins) && strings.HasSuffix(path, ends) {
				return true
			}
		}
		return false
	}
	// In the reader's language first. The checks that need no tag are made also where a tag is broken.
	for _, err := range []error{web.Validate(d), d.Check(), manifest.Check(d), s.checkRefs(ctx, s.db.Read(), d)} {
		said, ok := errs.AsFields(err)
		if err != nil && !ok {
			return err
		}
		follows := map[string]bool{
			"variants":                wrong("variants[", "weight"),
			"planned_conversions":     wrong("planned_", ""),
			"planned_conversion_rate": wrong("planned_conver", ""),
			"namespace.to":            wrong("namespace.", ""),
			"mode":                    wrong("coverage", ""),
		}
		for path, message := range said {
			if bad[path] == "" && !follows[path] {
				bad[path] = message
			}
		}
	}
	return bad.OrNil()
}

// fingerprint is short for a definition, to see whether it is still the same.
func fingerprint(d *Definition) string {
	raw, err := json.Marshal(d)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:12])
}
