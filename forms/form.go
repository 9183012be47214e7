package forms

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
)

// Definition is a form as a marketer writes it.
type Definition struct {
	manifest.Head `yaml:",inline"`
	Name          string    `json:"name" yaml:"name" validate:"required,max=120"` // for the team; visitors never see it
	Title         i18n.Text `json:"title" yaml:"title" validate:"required"`
	Intro         i18n.Text `json:"intro,omitempty" yaml:"intro,omitempty"`
	Fields        []Field   `json:"fields" yaml:"fields" validate:"required,min=1,max=30,dive"`
	Consent       *Consent  `json:"consent,omitempty" yaml:"consent,omitempty"`
	Button        i18n.Text `json:"button" yaml:"button" validate:"required"`
	Thanks        Thanks    `json:"thanks" yaml:"thanks" validate:"required"`
	Closed        bool      `json:"closed,omitempty" yaml:"closed,omitempty"` // shown, but taking nothing
	// Experiment splits the visitors over the Variants, wherever the form is shown.
	Experiment string    `json:"experiment,omitempty" yaml:"experiment,omitempty"`
	Variants   []Variant `json:"variants,omitempty" yaml:"variants,omitempty" validate:"max=10,dive"`
}

// Thanks is what a visitor reads after a submission.
type Thanks struct {
	Title i18n.Text `json:"title" yaml:"title" validate:"required"`
	Text  i18n.Text `json:"text,omitempty" yaml:"text,omitempty"`
}

// Consent is the question whether we may write. The words are kept, as shown, with
// every answer.
type Consent struct {
	Words    i18n.Text `json:"words" yaml:"words" validate:"required"`
	Required bool      `json:"required,omitempty" yaml:"required,omitempty"`
}

// Form is a stored form.
type Form = manifest.Row[Definition]

var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// Refs of a form: its experiment.
func (d *Definition) Refs() []manifest.Ref { return experimentRef(d.Experiment) }

func experimentRef(key string) []manifest.Ref {
	if key == "" {
		return nil
	}
	return []manifest.Ref{{Kind: "experiment", Key: key, Path: "experiment"}}
}

// Check says what is wrong with a form: it needs one e-mail field, since the e-mail
// is who a lead is; names must be unique; choices need options. What holds for its
// fields holds for those of each variant.
func (d *Definition) Check() error {
	bad := errs.Fields{}
	checkFields(d.Fields, "fields", bad)
	seen := map[string]bool{}
	for i, v := range d.Variants {
		at := fmt.Sprintf("variants[%d].", i)
		if seen[v.Key] {
			bad[at+"key"] = "another variant has this key"
		}
		seen[v.Key] = true
		if len(v.Fields) > 0 {
			checkFields(v.Fields, at+"fields", bad)
		}
	}
	switch {
	case len(d.Variants) > 0 && d.Experiment == "":
		bad["experiment"] = "variants need an experiment that splits the visitors"
	case len(d.Variants) == 0 && d.Experiment != "":
		bad["variants"] = "an experiment needs variants to split the visitors over"
	}
	return bad.OrNil()
}

func checkFields(fields []Field, path string, bad errs.Fields) {
	seen := map[string]bool{}
	emails := 0
	for i, f := range fields {
		at := fmt.Sprintf("%s[%d]", path, i)
		if !fieldName.MatchString(f.Name) {
			bad[at+".name"] = "begin with a letter, then small letters, digits and _, 40 at the most"
		}
		if seen[f.Name] {
			bad[at+".name"] = "another field has this name"
		}
		seen[f.Name] = true
		if f.Type == "email" {
			emails++
			if f.Name != "email" || !f.Required {
				bad[at] = "the e-mail field is called email and is required: it is who the lead is"
			}
		}
		if f.Type != "number" && (f.Min != nil || f.Max != nil) {
			bad[at] = "min and max bound a number; max_length bounds a text"
		}
		if (f.Type == "choice") != (len(f.Options) > 0) {
			bad[at+".options"] = "a choice needs options, and nothing else may have them"
		}
		values := map[string]bool{}
		for _, o := range f.Options {
			if values[o.Value] {
				bad[at+".options"] = "two options have the value " + o.Value
			}
			values[o.Value] = true
		}
	}
	if emails != 1 {
		bad[path] = "exactly one field of type email is needed: it is who the lead is"
	}
}

func (d *Definition) field(name string) (Field, bool) {
	i := slices.IndexFunc(d.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return d.Fields[i], true
}
