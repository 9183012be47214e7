package leads

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// filter is one thing that a list of leads is narrowed by and that has an index with the
// leads in order. One of them leads through the list; the others are looked at lead by
// lead. Which, is not left to the database: without statistics SQLite walks through
// everybody who speaks Persian to find the three with a tag.
type filter struct {
	rows *bun.SelectQuery // something for each who passes
	lead func(q *bun.SelectQuery) *bun.SelectQuery
	look func(q *bun.SelectQuery) *bun.SelectQuery
	id   bun.Safe // in whose order the leads come when it leads
	n    int64
}

// probe is how far those who pass a filter are counted to see which has the fewest.
const probe = 2000

// narrow adds what is asked for to a query on leads, and says in the order of which
// column they come fastest; nil when nobody can pass.
func (s *Service) narrow(ctx context.Context, q *bun.SelectQuery, o ListOptions) (*bun.SelectQuery, bun.Safe, error) {
	q = q.Where("lead.merged_into IS NULL")
	if o.Owner == NoOwner {
		q = q.Where("lead.owner = ''")
	}
	if o.Segment != "" {
		members, ok := s.sets[conditions.SetSegment]
		if !ok {
			return nil, "", nil // there are no segments at all
		}
		query, args := members(o.Segment)
		q = q.Where("lead.id IN ("+query+")", args...)
	}
	filters, err := s.filters(ctx, o)
	if err != nil || filters == nil {
		return nil, "", err
	}
	lead := -1
	if strings.TrimSpace(o.Search) != "" {
		ids, err := s.search(ctx, o.Search)
		if err != nil || len(ids) == 0 {
			return nil, "", err
		}
		q = q.Where("lead.id IN (?)", bun.List(ids))
	} else if lead, err = s.fewest(ctx, filters); err != nil {
		return nil, "", err
	}
	id := bun.Safe("lead.id")
	for i, f := range filters {
		if i == lead {
			q, id = f.lead(q), f.id
		} else {
			q = f.look(q)
		}
	}
	return q, id, nil
}

// filters are those that are asked for; nil, and not just empty, when nobody can pass.
func (s *Service) filters(ctx context.Context, o ListOptions) ([]*filter, error) {
	out := []*filter{}
	for _, c := range []struct{ column, value string }{
		{"stage", o.Stage}, {"relation", o.Relation}, {"owner", o.Owner}, {"language", o.Language},
	} {
		if c.value != "" && (c.column != "owner" || c.value != NoOwner) {
			out = append(out, s.fieldFilter(c.column, c.value))
		}
	}
	if o.Tag == "" {
		return out, nil
	}
	var tag int64
	err := s.db.Read().NewSelect().Model((*Tag)(nil)).Column("id").Where("name_fold = ?", i18n.Fold(o.Tag)).Scan(ctx, &tag)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("leads: list: tag: %w", err)
	}
	return append(out, s.tagFilter(tag)), nil
}

// fieldFilter keeps those with this value in a column. Its index knows only those that
// have any and were not merged.
func (s *Service) fieldFilter(column, value string) *filter {
	name := bun.Ident(column)
	lead := func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("lead.? = ? AND lead.? <> ''", name, value, name)
	}
	look := lead
	if s.db.Dialect() == db.SQLite { // the plus keeps it from this column's index
		look = func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("+lead.? = ?", name, value) }
	}
	rows := lead(s.db.Read().NewSelect().Model((*Lead)(nil)).ColumnExpr("1").Where("lead.merged_into IS NULL"))
	return &filter{rows: rows, lead: lead, look: look, id: "lead.id"}
}

// tagFilter keeps those with a tag.
func (s *Service) tagFilter(tag int64) *filter {
	return &filter{
		rows: s.db.Read().NewSelect().Model((*leadTag)(nil)).ColumnExpr("1").Where("tag_id = ?", tag),
		lead: func(q *bun.SelectQuery) *bun.SelectQuery { // SQLite goes through a cross join's tables as they stand
			return q.ModelTableExpr("lead_tags AS lt CROSS JOIN leads AS lead").Where("lt.tag_id = ? AND lead.id = lt.lead_id", tag)
		},
		look: func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("EXISTS (SELECT 1 FROM lead_tags AS lt WHERE lt.tag_id = ? AND lt.lead_id = lead.id)", tag)
		},
		id: "lt.lead_id",
	}
}

// fewest is the place of the filter that the fewest pass, -1 without any.
func (s *Service) fewest(ctx context.Context, filters []*filter) (int, error) {
	if len(filters) < 2 {
		return len(filters) - 1, nil
	}
	best := 0
	for i, f := range filters {
		if err := s.db.Read().NewSelect().TableExpr("(?) AS found", f.rows.Limit(probe)).ColumnExpr("count(*)").Scan(ctx, &f.n); err != nil {
			return 0, fmt.Errorf("leads: list: %w", err)
		}
		if f.n < filters[best].n {
			best = i
		}
	}
	return best, nil
}
