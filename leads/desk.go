package leads

import (
	"context"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Titles is what people call a thing that events mention by its key: of the kind
// "form", "journey", "email", "offer", "segment", "experiment", "earning_rule" or
// "scoring_rule"; by its number, of the kind "import" or "source"; of the kind "field",
// what a form asks for an attribute that the catalogue does not declare. Empty when
// nobody knows.
type Titles func(ctx context.Context, kind, key string, lang i18n.Lang) string

// Named is something with a key that people know by a name.
type Named struct {
	Key  string
	Name i18n.Text
}

// Segments tells which segments there are, and which of them a lead is in.
type Segments interface {
	SegmentNames(ctx context.Context) ([]Named, error)
	SegmentsOf(ctx context.Context, leadID int64) ([]Named, error)
}

// desk is what the pages ask of other features.
type desk struct {
	titles   Titles
	segments Segments
	accounts func(ctx context.Context) ([]string, error)
	variants Variants

	refreshers []Refresher // see AddRefresher
}

// SetTitles joins who knows what keys stand for. Call it before anything is served.
func (s *Service) SetTitles(t Titles) { s.desk.titles = t }

// SetSegments joins the segments. Call it before anything is served.
func (s *Service) SetSegments(g Segments) { s.desk.segments = g }

// Variants tells the versions that conditions can ask for, the newest experiment first, in
// a language.
type Variants func(ctx context.Context, lang i18n.Lang) ([]Variant, error)

// Variant is one version of an experiment, as conditions name it: "experiment/variant".
type Variant struct {
	Key string
	conditions.VariantName
}

// SetVariants joins the experiments. Call it before anything is served.
func (s *Service) SetVariants(list Variants) { s.desk.variants = list }

// Variants are the versions of experiments that there are, for whoever lets people choose
// one: none where no experiments were joined.
func (s *Service) Variants(ctx context.Context, lang i18n.Lang) ([]Variant, error) {
	if s.desk.variants == nil {
		return nil, nil
	}
	return s.desk.variants(ctx, lang)
}

// SetAccounts joins who can be a lead's owner: the accounts' e-mails. Call it before
// anything is served.
func (s *Service) SetAccounts(list func(ctx context.Context) ([]string, error)) {
	s.desk.accounts = list
}

func (d desk) title(ctx context.Context, kind, key string, lang i18n.Lang) string {
	if d.titles == nil || key == "" {
		return ""
	}
	return d.titles(ctx, kind, key, lang)
}

func (d desk) segmentNames(ctx context.Context) ([]Named, error) {
	if d.segments == nil {
		return nil, nil
	}
	return d.segments.SegmentNames(ctx)
}

func (d desk) segmentsOf(ctx context.Context, leadID int64) ([]Named, error) {
	if d.segments == nil {
		return nil, nil
	}
	return d.segments.SegmentsOf(ctx, leadID)
}

func (d desk) owners(ctx context.Context) ([]string, error) {
	if d.accounts == nil {
		return nil, nil
	}
	return d.accounts(ctx)
}
