package forms

import (
	"context"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/manifest"
)

// Kinds are the documents that set forms and pages up.
func (s *Service) Kinds() []manifest.Kind { return []manifest.Kind{s.formTable(), s.pageTable()} }

func (s *Service) formTable() manifest.Table[Definition, *Definition] {
	return manifest.Table[Definition, *Definition]{Table: "forms", Kind: "form", Now: s.clock.Now, Stored: s.forms.Forget, Check: s.checkForm}
}

func (s *Service) pageTable() manifest.Table[PageDefinition, *PageDefinition] {
	return manifest.Table[PageDefinition, *PageDefinition]{
		Table: "pages", Kind: "page", Now: s.clock.Now, Stored: s.pages.Forget, Check: s.checkPage,
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

// checkPage holds a page's variants against its experiment.
func (s *Service) checkPage(ctx context.Context, tx db.Tx, d *PageDefinition) error {
	keys := make([]string, len(d.Variants))
	for i, v := range d.Variants {
		keys[i] = v.Key
	}
	return s.checkVariants(ctx, tx, d.Experiment, "page", keys)
}

// checkForm holds a form's variants against its experiment.
func (s *Service) checkForm(ctx context.Context, tx db.Tx, d *Definition) error {
	keys := make([]string, len(d.Variants))
	for i, v := range d.Variants {
		keys[i] = v.Key
	}
	return s.checkVariants(ctx, tx, d.Experiment, "form", keys)
}

// checkVariants makes sure that there is a version for each variant that the
// experiment gives out: a visitor without one would be shown the first and counted
// nowhere.
func (s *Service) checkVariants(ctx context.Context, tx db.Tx, experiment, surface string, keys []string) error {
	if experiment == "" {
		return nil
	}
	given, err := s.split.VariantsOn(ctx, tx, experiment, surface)
	if err != nil {
		return err
	}
	return abtest.MatchVariants(surface, experiment, given, keys)
}
