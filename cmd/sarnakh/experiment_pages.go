package main

import (
	"context"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/forms"
)

// experimentPages tells the experiments what the landing pages bring. It is abtest.Pages.
type experimentPages struct{ forms *forms.Service }

// Traffic is what each landing page brought in its newest whole days.
func (p experimentPages) Traffic(ctx context.Context, days int) ([]abtest.PageTraffic, error) {
	list, err := p.forms.Traffic(ctx, days)
	out := make([]abtest.PageTraffic, len(list))
	for i, t := range list {
		out[i] = abtest.PageTraffic{
			Key: t.Page.Key, Name: t.Page.Definition.Name, Experiment: t.Page.Definition.Experiment, Form: onlyForm(&t.Page.Definition),
			Days: t.Days, Visitors: t.Visitors, Conversions: t.Conversions,
		}
	}
	return out, err
}

// onlyForm is the form of all versions of a page; "" where they have several, of which none
// is what the page brings.
func onlyForm(d *forms.PageDefinition) string {
	for _, v := range d.Variants[1:] {
		if v.Form != d.Variants[0].Form {
			return ""
		}
	}
	return d.Variants[0].Form
}
