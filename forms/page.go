package forms

import (
	"fmt"
	"slices"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
)

// PageDefinition is a landing page as a marketer writes it: one or more variants,
// each with its own copy and form. With several, an experiment splits the visitors.
type PageDefinition struct {
	manifest.Head `yaml:",inline"`
	Name          string        `json:"name" yaml:"name" validate:"required,max=120"`
	Experiment    string        `json:"experiment,omitempty" yaml:"experiment,omitempty"`
	Variants      []PageVariant `json:"variants" yaml:"variants" validate:"required,min=1,max=10,dive"`
}

// PageVariant is one version of the page's copy.
type PageVariant struct {
	Key      string     `json:"key" yaml:"key" validate:"required,key"`
	Eyebrow  i18n.Text  `json:"eyebrow,omitempty" yaml:"eyebrow,omitempty"` // the small line above the title
	Title    i18n.Text  `json:"title" yaml:"title" validate:"required"`
	Text     i18n.Text  `json:"text" yaml:"text" validate:"required"`
	Features []Feature  `json:"features,omitempty" yaml:"features,omitempty" validate:"max=6,dive"`
	Quote    *Quote     `json:"quote,omitempty" yaml:"quote,omitempty"`
	Form     string     `json:"form" yaml:"form" validate:"required"`
	Footer   *i18n.Text `json:"footer,omitempty" yaml:"footer,omitempty"`
}

// Feature is one reason to fill the form in.
type Feature struct {
	Title i18n.Text `json:"title" yaml:"title" validate:"required"`
	Text  i18n.Text `json:"text" yaml:"text" validate:"required"`
}

// Quote is what a customer said.
type Quote struct {
	Text i18n.Text `json:"text" yaml:"text" validate:"required"`
	By   i18n.Text `json:"by" yaml:"by" validate:"required"`
}

// LandingPage is a stored landing page.
type LandingPage = manifest.Row[PageDefinition]

// Refs of a page: the form of each variant and the experiment.
func (d *PageDefinition) Refs() []manifest.Ref {
	var refs []manifest.Ref
	for i, v := range d.Variants {
		refs = append(refs, manifest.Ref{Kind: "form", Key: v.Form, Path: fmt.Sprintf("variants[%d].form", i)})
	}
	return append(refs, experimentRef(d.Experiment)...)
}

// Check says what is wrong with a page.
func (d *PageDefinition) Check() error {
	bad := errs.Fields{}
	seen := map[string]bool{}
	for i, v := range d.Variants {
		if seen[v.Key] {
			bad[fmt.Sprintf("variants[%d].key", i)] = "another variant has this key"
		}
		seen[v.Key] = true
	}
	if len(d.Variants) > 1 && d.Experiment == "" {
		bad["experiment"] = "several variants need an experiment that splits the visitors"
	}
	return bad.OrNil()
}

func (d *PageDefinition) has(variant string) bool {
	return slices.ContainsFunc(d.Variants, func(v PageVariant) bool { return v.Key == variant })
}

// variant returns the variant with this key, else the first: a visitor always sees
// a page.
func (d *PageDefinition) variant(key string) PageVariant {
	for _, v := range d.Variants {
		if v.Key == key {
			return v
		}
	}
	return d.Variants[0]
}
