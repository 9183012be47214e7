package segments

import (
	"context"
	"fmt"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// names are what conditions call fields and segments, in a language.
func (s *Service) names(ctx context.Context, lang i18n.Lang) (conditions.Names, error) {
	n, err := s.leads.ConditionNames(ctx, lang)
	if err != nil {
		return n, fmt.Errorf("segments: names: %w", err)
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
