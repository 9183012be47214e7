package content

import (
	"fmt"
	"slices"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Variant is one version of an e-mail: what it leaves out is as in the e-mail itself.
type Variant struct {
	Key       string    `json:"key" yaml:"key"` // as in the experiment
	Subject   i18n.Text `json:"subject,omitempty" yaml:"subject,omitempty"`
	Preheader i18n.Text `json:"preheader,omitempty" yaml:"preheader,omitempty"`
	FromName  i18n.Text `json:"from_name,omitempty" yaml:"from_name,omitempty"`
	Blocks    []Block   `json:"blocks,omitempty" yaml:"blocks,omitempty"`
}

// Variant is the e-mail in one of its versions. A key that it does not have is the first
// version, and an e-mail without any is as it is: a reader always gets an e-mail.
func (e Email) Variant(key string) Email {
	whole := e
	whole.Experiment, whole.Variants = "", nil
	if len(e.Variants) == 0 {
		return whole
	}
	v := e.Variants[max(0, slices.IndexFunc(e.Variants, func(v Variant) bool { return v.Key == key }))]
	for _, part := range []struct{ own, to *i18n.Text }{{&v.Subject, &whole.Subject}, {&v.Preheader, &whole.Preheader}, {&v.FromName, &whole.FromName}} {
		if !part.own.Empty() {
			*part.to = *part.own
		}
	}
	if len(v.Blocks) > 0 {
		whole.Blocks = v.Blocks
	}
	return whole
}

// Has reports whether the e-mail has a variant with this key.
func (e Email) Has(key string) bool {
	return slices.ContainsFunc(e.Variants, func(v Variant) bool { return v.Key == key })
}

// versions are the e-mail as it can arrive.
func (e Email) versions() []Email {
	if len(e.Variants) == 0 {
		return []Email{e.Variant("")}
	}
	out := make([]Email, len(e.Variants))
	for i, v := range e.Variants {
		out[i] = e.Variant(v.Key)
	}
	return out
}

const maxVariants = 10

// checkVariants says what is wrong with the versions, each place by itself.
func (e Email) checkVariants(problems errs.Fields) {
	switch {
	case e.Experiment == "" && len(e.Variants) > 0:
		problems["experiment"] = "variants need an experiment that says who gets which"
	case e.Experiment != "" && len(e.Variants) == 0:
		problems["variants"] = "an e-mail with an experiment needs its variants"
	case len(e.Variants) > maxVariants:
		problems["variants"] = fmt.Sprintf("%d variants are too many: %d at the most", len(e.Variants), maxVariants)
		return
	}
	seen := map[string]bool{}
	for i, v := range e.Variants {
		at := fmt.Sprintf("variants[%d].", i)
		switch {
		case v.Key == "":
			problems[at+"key"] = "a variant needs the key that it has in the experiment"
		case seen[v.Key]:
			problems[at+"key"] = "another variant has this key"
		}
		seen[v.Key] = true
		whole := e.Variant(v.Key)
		if !slices.Equal(whole.Langs(), e.Langs()) {
			problems[at+"subject"] = "speaks other languages than the e-mail's own subject: readers would get the versions in different languages"
		}
		bad, ok := errs.AsFields(whole.Check())
		if !ok {
			continue
		}
		for path, text := range bad {
			if problems[path] != text { // of the e-mail itself, said there
				problems[at+path] = text
			}
		}
	}
}
