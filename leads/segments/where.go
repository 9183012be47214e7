package segments

import (
	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/leads"
)

// living asks for the ids of all leads who can be in a segment: not those who were
// merged into others or erased.
func (s *Service) living(idb bun.IDB) *bun.SelectQuery {
	return idb.NewSelect().Model((*leads.Lead)(nil)).ColumnExpr("lead.id").Where(leads.Living)
}

// holding narrows a query on leads to those for whom a condition holds now. few says
// that the query names the leads that it looks at.
func (s *Service) holding(q *bun.SelectQuery, c conditions.Condition, few bool) (*bun.SelectQuery, error) {
	schema := s.leads.Schema()
	schema.Few = few
	query, args, err := c.Where(schema, s.now())
	if err != nil {
		return nil, err
	}
	return q.Where(query, args...), nil
}
