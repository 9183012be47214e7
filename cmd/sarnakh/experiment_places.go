package main

import (
	"context"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/forms"
)

// experimentPlaces tells the experiments what landing pages and forms bring. It is abtest.Places.
type experimentPlaces struct{ forms *forms.Service }

// FormTraffic is what each form brought in its newest whole days, wherever it stands.
func (p experimentPlaces) FormTraffic(ctx context.Context, days int) ([]abtest.Traffic, error) {
	list, err := p.forms.FormTraffic(ctx, days)
	out := make([]abtest.Traffic, len(list))
	for i, t := range list {
		out[i] = abtest.Traffic{
			Key: t.Form.Key, Name: t.Form.Definition.Name, Experiment: t.Form.Definition.Experiment, Form: t.Form.Key,
			Days: t.Days, Visitors: t.Visitors, Conversions: t.Conversions,
		}
	}
	return out, err
}

// Traffic is what each landing page brought in its newest whole days.
func (p experimentPlaces) Traffic(ctx context.Context, days int) ([]abtest.Traffic, error) {
	list, err := p.forms.Traffic(ctx, days)
	out := make([]abtest.Traffic, len(list))
	for i, t := range list {
		out[i] = abtest.Traffic{
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
