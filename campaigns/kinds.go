package campaigns

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/campaigns/content"
	"github.com/sarnakh/sarnakh/campaigns/journey"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/leads"
)

// Kinds are the documents that this feature stores: e-mails and journeys.
func (s *Service) Kinds() []manifest.Kind { return []manifest.Kind{emailKind{s}, journeyKind{s}} }

// JourneyDoc is a document of kind "journey".
type JourneyDoc struct {
	manifest.Head      `yaml:",inline"`
	Name               i18n.Text `json:"name" yaml:"name"`
	journey.Definition `yaml:",inline"`
}

// Refs are the form that the trigger waits for, the e-mails, offers and experiments that
// the steps name, and the segments and experiments that conditions name.
func (d *JourneyDoc) Refs() []manifest.Ref {
	out := leads.FormRef(d.Trigger.Event, d.Trigger.Where, "trigger.")
	out = append(out, leads.ConditionRefs(d.Trigger.Condition, "trigger.condition")...)
	for _, m := range d.Mentions() {
		out = append(out, manifest.Ref{Kind: m.Kind, Key: m.Key, Part: m.Part, Path: m.Path})
	}
	return out
}

// Check says what is wrong with the journey, each place by itself.
func (d *JourneyDoc) Check() error {
	fields := errs.Fields{}
	if d.Name.Empty() {
		fields["name"] = "a journey needs a name"
	}
	_, err := journey.Compile(d.Definition)
	var many interface{ Unwrap() []error }
	if errors.As(err, &many) {
		for _, one := range many.Unwrap() {
			var p journey.Problem
			if errors.As(one, &p) && fields[p.Path] == "" {
				fields[p.Path] = p.Text
			}
		}
	}
	return fields.OrNil()
}

type journeyKind struct{ s *Service }

func (journeyKind) Name() string      { return "journey" }
func (journeyKind) New() manifest.Doc { return new(JourneyDoc) }

func (k journeyKind) Current(ctx context.Context, idb bun.IDB, key string) (manifest.Doc, error) {
	j, err := findJourney(ctx, idb, key)
	if err != nil {
		return nil, err
	}
	v, err := findVersion(ctx, idb, j.VersionID)
	if err != nil {
		return nil, err
	}
	return &JourneyDoc{Head: manifest.Head{Kind: k.Name(), Key: key}, Name: j.Name, Definition: v.Definition}, nil
}

func (k journeyKind) Apply(ctx context.Context, tx db.Tx, doc manifest.Doc) error {
	d, ok := doc.(*JourneyDoc)
	if !ok {
		return fmt.Errorf("journey: a %T is not one", doc)
	}
	return k.s.save(ctx, tx, d)
}

// EmailDoc is a document of kind "email".
type EmailDoc struct {
	manifest.Head `yaml:",inline"`
	content.Email `yaml:",inline"`
}

// Refs are the experiment that says who gets which version; what else an e-mail shows
// comes with the journey that sends it.
func (d *EmailDoc) Refs() []manifest.Ref {
	if d.Experiment == "" {
		return nil
	}
	return []manifest.Ref{{Kind: "experiment", Key: d.Experiment, Path: "experiment"}}
}

// Check says what is wrong with the e-mail, each place by itself.
func (d *EmailDoc) Check() error { return d.Email.Check() }

type emailKind struct{ s *Service }

func (emailKind) Name() string      { return "email" }
func (emailKind) New() manifest.Doc { return new(EmailDoc) }

func (k emailKind) Current(ctx context.Context, idb bun.IDB, key string) (manifest.Doc, error) {
	e, err := findEmail(ctx, idb, key)
	if err != nil {
		return nil, err
	}
	return &EmailDoc{Head: manifest.Head{Kind: k.Name(), Key: key}, Email: e.Definition}, nil
}

func (k emailKind) Apply(ctx context.Context, tx db.Tx, doc manifest.Doc) error {
	d, ok := doc.(*EmailDoc)
	if !ok {
		return fmt.Errorf("e-mail: a %T is not one", doc)
	}
	return k.s.saveEmail(ctx, tx, d)
}
