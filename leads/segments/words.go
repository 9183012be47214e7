package segments

import (
	"context"
	"fmt"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// names are what conditions call fields and segments, in a language.
func (s *Service) names(ctx context.Context, lang i18n.Lang) (conditions.Names, error) {
	n := conditions.Names{Fields: map[string]string{}, Segments: map[string]string{}}
	fields, err := s.leads.Fields(ctx)
	if err != nil {
		return n, fmt.Errorf("segments: fields: %w", err)
	}
	for _, f := range fields.All() {
		n.Fields[f.Key] = f.Label.In(lang)
	}
	all, err := s.List(ctx, s.db.Read())
	if err != nil {
		return n, err
	}
	for _, seg := range all {
		n.Segments[seg.Key] = seg.Definition.Name.In(lang)
	}
	return n, nil
}
