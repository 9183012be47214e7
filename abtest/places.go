package abtest

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/manifest"
)

// PageTraffic is what a landing page brought in the days that were looked at: its
// visitors, each once a day, and those of them who sent its form.
type PageTraffic struct {
	Key         string `json:"key"`
	Name        string `json:"name"`
	Form        string `json:"form"`       // that all its versions have; "" where they have several
	Experiment  string `json:"experiment"` // that the page names; "" for none
	Days        int    `json:"days"`       // whole days; 0 while the only one is today
	Visitors    int64  `json:"visitors"`
	Conversions int64  `json:"conversions"`
}

// perDay is how many visitors come in a day, on average.
func (t *PageTraffic) perDay() float64 { return float64(t.Visitors) / float64(max(1, t.Days)) }

// Pages are the landing pages, on which experiments run.
type Pages interface {
	// Traffic is what each page brought in its newest whole days, at most so many.
	Traffic(ctx context.Context, days int) ([]PageTraffic, error)
}

// Join has the experiments know the pages that they run on, and the documents that their
// goals name. Call it before the first request.
func (s *Service) Join(pages Pages, kinds []manifest.Kind) { s.pages, s.kinds = pages, kinds }

// trafficDays is how far back the traffic of a page is looked at: four weeks, so that each
// day of the week weighs the same.
const trafficDays = 28

// traffic is what each page brought of late; nothing where no pages are known.
func (s *Service) traffic(ctx context.Context) ([]PageTraffic, error) {
	if s.pages == nil {
		return nil, nil
	}
	return s.pages.Traffic(ctx, trafficDays)
}

// named are the pages that name an experiment.
func (s *Service) named(ctx context.Context, experiment string) ([]PageTraffic, error) {
	all, err := s.traffic(ctx)
	return slices.DeleteFunc(all, func(t PageTraffic) bool { return t.Experiment != experiment }), err
}

// checkRefs refuses a definition whose goals name forms that do not exist.
func (s *Service) checkRefs(ctx context.Context, idb bun.IDB, d *Definition) error {
	if s.kinds == nil {
		return nil
	}
	return manifest.CheckRefs(ctx, idb, s.kinds, d)
}
