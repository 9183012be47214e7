package abtest

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/manifest"
)

// Traffic is what a landing page or a form brought in the days that were looked at: its
// visitors, each once a day, and those of them who sent the form.
type Traffic struct {
	Key         string `json:"key"`
	Name        string `json:"name"`
	Form        string `json:"form"`       // that is sent there; "" where a page's versions have several
	Experiment  string `json:"experiment"` // that the page or form names; "" for none
	Days        int    `json:"days"`       // whole days; 0 while the only one is today
	Visitors    int64  `json:"visitors"`
	Conversions int64  `json:"conversions"`
}

// perDay is how many visitors come in a day, on average.
func (t *Traffic) perDay() float64 { return float64(t.Visitors) / float64(max(1, t.Days)) }

// Places are the landing pages and forms, on which experiments run.
type Places interface {
	// Traffic is what each page brought in its newest whole days, at most so many.
	Traffic(ctx context.Context, days int) ([]Traffic, error)
	// FormTraffic is what each form brought, wherever it stands, its visitors on landing
	// pages among them.
	FormTraffic(ctx context.Context, days int) ([]Traffic, error)
}

// Join has the experiments know the places that they run on, and the documents that their
// goals name. Call it before the first request.
func (s *Service) Join(places Places, kinds []manifest.Kind) { s.places, s.kinds = places, kinds }

// trafficDays is how far back the traffic of a place is looked at: four weeks, so that each
// day of the week weighs the same.
const trafficDays = 28

// traffic is what each page and each form brought of late.
type traffic struct{ pages, forms []Traffic }

// traffic is nothing where no places are known.
func (s *Service) traffic(ctx context.Context) (t traffic, err error) {
	if s.places == nil {
		return t, nil
	}
	if t.pages, err = s.places.Traffic(ctx, trafficDays); err == nil {
		t.forms, err = s.places.FormTraffic(ctx, trafficDays)
	}
	return t, err
}

// at finds a page or a form by its key; nil for none, and where neither is asked for.
func (t traffic) at(page, form string) *Traffic {
	list, key := t.pages, page
	if page == "" {
		list, key = t.forms, form
	}
	if i := slices.IndexFunc(list, func(t Traffic) bool { return t.Key == key }); i >= 0 {
		return &list[i]
	}
	return nil
}

// named reports whether anything on an experiment's surface names it: a page, or a form.
// No page names an experiment over forms, whatever forms it shows.
func (s *Service) named(ctx context.Context, e *Experiment) (bool, error) {
	t, err := s.traffic(ctx)
	list := t.pages
	if e.Definition.Surface == "form" {
		list = t.forms
	}
	return slices.ContainsFunc(list, func(t Traffic) bool { return t.Experiment == e.Key }), err
}

// checkRefs refuses a definition whose goals name forms that do not exist.
func (s *Service) checkRefs(ctx context.Context, idb bun.IDB, d *Definition) error {
	if s.kinds == nil {
		return nil
	}
	return manifest.CheckRefs(ctx, idb, s.kinds, d.Refs())
}
