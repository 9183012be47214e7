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
			Key: t.Page.Key, Name: t.Page.Definition.Name, Experiment: t.Page.Definition.Experiment, Form: t.Page.Definition.Variants[0].Form,
			Days: t.Days, Visitors: t.Visitors, Conversions: t.Conversions,
		}
	}
	return out, err
}
