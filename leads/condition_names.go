package leads

import (
	"context"
	"fmt"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// ConditionNames are what people call the fields, segments and variants that conditions name by
// their keys, in a language: pages say conditions with them.
func (s *Service) ConditionNames(ctx context.Context, lang i18n.Lang) (conditions.Names, error) {
	n := conditions.Names{Fields: map[string]string{}, Segments: map[string]string{}, Variants: map[string]conditions.VariantName{}}
	fields, err := s.Fields(ctx)
	if err != nil {
		return n, fmt.Errorf("names of conditions: %w", err)
	}
	for _, f := range fields.All() {
		n.Fields[f.Key] = f.Label.In(lang)
	}
	segments, err := s.desk.segmentNames(ctx)
	if err != nil {
		return n, fmt.Errorf("names of conditions: %w", err)
	}
	for _, g := range segments {
		n.Segments[g.Key] = g.Name.In(lang)
	}
	variants, err := s.Variants(ctx, lang)
	if err != nil {
		return n, fmt.Errorf("names of conditions: %w", err)
	}
	for _, v := range variants {
		n.Variants[v.Key] = v.VariantName
	}
	return n, nil
}
