package forms

import (
	"context"
	"fmt"
	"slices"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/manifest"
)

// Kinds are the documents that set forms and pages up.
func (s *Service) Kinds() []manifest.Kind { return []manifest.Kind{s.formTable(), s.pageTable()} }

func (s *Service) formTable() manifest.Table[Definition, *Definition] {
	return manifest.Table[Definition, *Definition]{Table: "forms", Kind: "form", Now: s.clock.Now, Stored: s.forms.Forget}
}

func (s *Service) pageTable() manifest.Table[PageDefinition, *PageDefinition] {
	return manifest.Table[PageDefinition, *PageDefinition]{
		Table: "pages", Kind: "page", Now: s.clock.Now, Stored: s.pages.Forget, Check: s.checkVariants,
	}
}

func (s *Service) loadForm(ctx context.Context, key string) (*Form, error) {
	return s.formTable().Find(ctx, s.db.Read(), key)
}

func (s *Service) loadPage(ctx context.Context, key string) (*LandingPage, error) {
	return s.pageTable().Find(ctx, s.db.Read(), key)
}

// Forms lists every form.
func (s *Service) Forms(ctx context.Context) ([]*Form, error) {
	return s.formTable().List(ctx, s.db.Read())
}

// Pages lists every landing page.
func (s *Service) Pages(ctx context.Context) ([]*LandingPage, error) {
	return s.pageTable().List(ctx, s.db.Read())
}

// checkVariants makes sure that the page has a version for each variant that its
// experiment gives out: a visitor without one would be shown the first and counted
// nowhere.
func (s *Service) checkVariants(ctx context.Context, tx db.Tx, d *PageDefinition) error {
	if d.Experiment == "" {
		return nil
	}
	keys, err := s.split.Variants(ctx, tx, d.Experiment)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if !slices.ContainsFunc(d.Variants, func(v PageVariant) bool { return v.Key == key }) {
			return errs.Fields{"variants": fmt.Sprintf("the experiment %s has a variant %q, and this page has not", d.Experiment, key)}
		}
	}
	for i, v := range d.Variants {
		if !slices.Contains(keys, v.Key) {
			return errs.Fields{fmt.Sprintf("variants[%d].key", i): fmt.Sprintf("the experiment %s has no variant %q", d.Experiment, v.Key)}
		}
	}
	return nil
}
