package forms

import (
	"crypto/rand"
	"net/http"
	"slices"

	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

// Variant is one version of a form. What it leaves out is as in the form.
type Variant struct {
	Key    string    `json:"key" yaml:"key" validate:"required,key"`
	Title  i18n.Text `json:"title,omitempty" yaml:"title,omitempty"`
	Intro  i18n.Text `json:"intro,omitempty" yaml:"intro,omitempty"`
	Fields []Field   `json:"fields,omitempty" yaml:"fields,omitempty" validate:"max=30,dive"` // all of them, where they differ
	Button i18n.Text `json:"button,omitempty" yaml:"button,omitempty"`
	Thanks *Thanks   `json:"thanks,omitempty" yaml:"thanks,omitempty"`
}

// as is the form in one version; as it stands for a key that it does not have.
func (d Definition) as(variant string) Definition {
	for _, v := range d.Variants {
		if v.Key != variant {
			continue
		}
		for _, text := range []struct{ here, there *i18n.Text }{{&v.Title, &d.Title}, {&v.Intro, &d.Intro}, {&v.Button, &d.Button}} {
			if len(*text.here) > 0 {
				*text.there = *text.here
			}
		}
		if len(v.Fields) > 0 {
			d.Fields = v.Fields
		}
		if v.Thanks != nil {
			d.Thanks = *v.Thanks
		}
	}
	return d
}

// formVisit is a form as one visitor is shown it.
type formVisit struct {
	form    *Form
	variant string // "" for a form of one version
	visitor string
	preview string // the version that a signed link shows; nothing is counted
	from    web.Visit
}

// formVisit is the version of a form that a signed link asks for, or that a post says it was
// shown in, else the one that this visitor has, the same at each visit. What was shown
// counts, since the answers are to that: another may have been rolled out meanwhile.
func (s *Service) formVisit(r *http.Request, f *Form, visitor, shown string, from web.Visit) *formVisit {
	v := &formVisit{form: f, visitor: visitor, from: from}
	if f.Definition.Experiment == "" {
		return v
	}
	switch asked := s.asked(r); {
	case f.Definition.has(asked):
		v.preview, v.variant, v.visitor = asked, asked, rand.Text()
	case f.Definition.has(shown):
		v.variant = shown
	default:
		v.variant = f.Definition.Variants[0].Key
		if VisitorID.MatchString(visitor) {
			if variant := s.assigned(r, f.Definition.Experiment, visitor, from); variant != "" {
				v.variant = variant
			}
		}
	}
	v.form = version(f, v.variant)
	return v
}

func (d *Definition) has(variant string) bool {
	return slices.ContainsFunc(d.Variants, func(v Variant) bool { return v.Key == variant })
}

// shown is what travels with a form of several versions, to say which it was.
func (v *formVisit) shown() []hiddenView {
	if v.variant == "" {
		return nil
	}
	return []hiddenView{{paramVersion, v.variant}}
}

// version is a form in one of its versions.
func version(f *Form, variant string) *Form {
	shown := *f
	shown.Definition = f.Definition.as(variant)
	return &shown
}

// assigned is the variant that an experiment has for a visitor; "" when it has none.
func (s *Service) assigned(r *http.Request, experiment, visitor string, from web.Visit) string {
	variant, err := s.split.Assign(r.Context(), experiment, visitor, from)
	if err != nil {
		s.log.Error("no variant assigned", "experiment", experiment, "request", web.RequestID(r), "error", err)
	}
	return variant
}

// see counts that a visitor saw a variant. They are served all the same when that fails:
// one count less is the smaller harm.
func (s *Service) see(r *http.Request, experiment, variant, visitor string, from web.Visit) {
	if experiment == "" || variant == "" {
		return
	}
	if err := s.split.Expose(r.Context(), experiment, variant, visitor, from); err != nil {
		s.log.Error("exposure not counted", "experiment", experiment, "request", web.RequestID(r), "error", err)
	}
}

// byVisitor reports whether a request is a visitor's: not that of a program, of the team
// or of a browser that only looks ahead.
func byVisitor(r *http.Request) bool {
	return !web.LooksAhead(r) && !web.IsBot(r) && !web.OfTheTeam(r)
}
