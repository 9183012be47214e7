package leads

import (
	"context"
	"fmt"

	"github.com/sarnakh/sarnakh/internal/db"
)

// AttributeNames are the names of all attributes that any lead has, declared or not, in
// order. It reads every lead: seconds at a million.
func (s *Service) AttributeNames(ctx context.Context) ([]string, error) {
	query := "SELECT DISTINCT a.key FROM leads AS lead, json_each(lead.attributes) AS a WHERE " + Living + " ORDER BY a.key"
	if s.db.Dialect() == db.Postgres {
		query = "SELECT DISTINCT jsonb_object_keys(lead.attributes) AS key FROM leads AS lead WHERE " + Living + " ORDER BY key"
	}
	var names []string
	if err := s.db.Read().NewRaw(query).Scan(ctx, &names); err != nil {
		return nil, fmt.Errorf("leads: names of attributes: %w", err)
	}
	return names, nil
}
