package leads

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// ListOptions are a page of a list of leads, narrowed down. What is empty narrows
// nothing.
type ListOptions struct {
	Search   string // the beginning of a name, an e-mail or a telephone number
	Stage    string
	Relation string
	Owner    string // NoOwner for those of nobody
	Language string
	Tag      string // however it is written
	Segment  string // by its key
	// Before is the id after which, going back in time, the page begins; 0 begins with
	// the newest.
	Before int64
	Limit  int
}

// NoOwner is the owner of leads that nobody looks after.
const NoOwner = "-"

// everybody says whether all leads pass.
func (o ListOptions) everybody() bool {
	return !o.narrowed() && strings.TrimSpace(o.Search) == ""
}

// narrowed says whether something besides the search is asked for.
func (o ListOptions) narrowed() bool {
	return o.Stage != "" || o.Relation != "" || o.Owner != "" || o.Language != "" || o.Tag != "" || o.Segment != ""
}

// indexed says whether something is asked for that has an index with the leads in order.
func (o ListOptions) indexed() bool { return o.Stage+o.Relation+o.Owner+o.Language != "" }

// Check says which words of the options are none.
func (o ListOptions) Check() error {
	bad := errs.Fields{}
	if o.Stage != "" && !slices.Contains(Stages, o.Stage) {
		bad["stage"] = "errors.choice"
	}
	if o.Relation != "" && !slices.Contains(Relations, o.Relation) {
		bad["relation"] = "errors.choice"
	}
	return bad.OrNil()
}

// List returns leads, the newest first, and whether there are more. Leads that were
// merged into others are left out. A search finds the first 500, see search.
func (s *Service) List(ctx context.Context, o ListOptions) (page []*Lead, more bool, err error) {
	q, err := s.narrow(ctx, s.db.Read().NewSelect().Model(&page), o)
	if err != nil || q == nil {
		return nil, false, err
	}
	id := bun.Safe("lead.id")
	if o.Tag != "" && !o.indexed() {
		id = bun.Safe("lt.lead_id") // the order in which the tag has its leads
	}
	if o.Before > 0 {
		q = q.Where("? < ?", id, o.Before)
	}
	if err := q.OrderExpr("? DESC", id).Limit(int64(o.Limit) + 1).Scan(ctx); err != nil {
		return nil, false, fmt.Errorf("leads: list: %w", err)
	}
	if len(page) > o.Limit {
		return page[:o.Limit], true, nil
	}
	return page, false, nil
}

// narrow adds what is asked for to a query on leads; nil when nobody can pass.
func (s *Service) narrow(ctx context.Context, q *bun.SelectQuery, o ListOptions) (*bun.SelectQuery, error) {
	q = q.Where("lead.merged_into IS NULL")
	if strings.TrimSpace(o.Search) != "" {
		ids, err := s.search(ctx, o.Search)
		if err != nil || len(ids) == 0 {
			return nil, err
		}
		q = q.Where("lead.id IN (?)", bun.List(ids))
	}
	for _, c := range []struct{ column, value string }{
		{"stage", o.Stage}, {"relation", o.Relation}, {"owner", o.Owner}, {"language", o.Language},
	} {
		switch {
		case c.value == "":
		case c.column == "owner" && c.value == NoOwner:
			q = q.Where("lead.owner = ''")
		default: // the second half lets the index of those that have any serve
			q = q.Where("lead.? = ? AND lead.? <> ''", bun.Ident(c.column), c.value, bun.Ident(c.column))
		}
	}
	if o.Segment != "" {
		members, ok := s.sets[conditions.SetSegment]
		if !ok {
			return nil, nil // there are no segments at all
		}
		query, args := members(o.Segment)
		q = q.Where("lead.id IN ("+query+")", args...)
	}
	if o.Tag == "" {
		return q, nil
	}
	var tag int64
	if err := s.db.Read().NewSelect().Model((*Tag)(nil)).Column("id").Where("name_fold = ?", i18n.Fold(o.Tag)).Scan(ctx, &tag); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return nil, nil
		}
		return nil, fmt.Errorf("leads: list: tag: %w", err)
	}
	// SQLite goes through the tables of a cross join in the order in which they stand:
	// right for a tag alone, not where a rare stage is asked for besides.
	tables := "lead_tags AS lt CROSS JOIN leads AS lead"
	if o.indexed() {
		tables = "lead_tags AS lt, leads AS lead"
	}
	return q.ModelTableExpr(tables).Where("lt.tag_id = ? AND lead.id = lt.lead_id", tag), nil
}

// Size is how many leads there are. Where counting them all would take too long, it is
// an estimate and Exact is false; where not even that is known, AtLeast says that
// there are more.
type Size struct {
	N       int64
	Exact   bool
	AtLeast bool
}

// countUpTo is how far leads are counted one by one.
const countUpTo = 10_000

// Size counts the leads that the options let through: exactly up to 10,000, beyond that all leads
// by the database's own estimate, and a part of them not at all.
func (s *Service) Size(ctx context.Context, o ListOptions) (Size, error) {
	q, err := s.narrow(ctx, s.db.Read().NewSelect().Model((*Lead)(nil)).ColumnExpr("1"), o)
	if err != nil || q == nil {
		return Size{Exact: true}, err
	}
	var n int64
	if err := s.db.Read().NewSelect().TableExpr("(?) AS found", q.Limit(countUpTo+1)).ColumnExpr("count(*)").Scan(ctx, &n); err != nil {
		return Size{}, fmt.Errorf("leads: count: %w", err)
	}
	if n <= countUpTo {
		return Size{N: n, Exact: true}, nil
	}
	if !o.everybody() {
		return Size{N: countUpTo, AtLeast: true}, nil
	}
	return s.estimate(ctx)
}

// estimate is about how many leads there are. Rows of leads are never deleted, so on
// SQLite the highest id is their number; PostgreSQL keeps an estimate of its own, and
// its ids have gaps.
func (s *Service) estimate(ctx context.Context) (Size, error) {
	query := "SELECT coalesce(max(id), 0) FROM leads"
	if s.db.Dialect() == db.Postgres {
		query = "SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE oid = 'leads'::regclass"
	}
	size := Size{AtLeast: true}
	if err := s.db.Read().NewRaw(query).Scan(ctx, &size.N); err != nil {
		return Size{}, fmt.Errorf("leads: estimate: %w", err)
	}
	if size.N <= countUpTo { // nobody has looked at the table yet
		return Size{N: countUpTo, AtLeast: true}, nil
	}
	size.AtLeast = false
	return size, nil
}

// Fresh is how many leads came since a time, up to 10,000.
func (s *Service) Fresh(ctx context.Context, since time.Time) (Size, error) {
	q := s.db.Read().NewSelect().Model((*Lead)(nil)).ColumnExpr("1").
		Where("lead.created_at >= ?", since).Where("lead.merged_into IS NULL").Limit(countUpTo + 1)
	var n int64
	if err := s.db.Read().NewSelect().TableExpr("(?) AS found", q).ColumnExpr("count(*)").Scan(ctx, &n); err != nil {
		return Size{}, fmt.Errorf("leads: count: %w", err)
	}
	return Size{N: min(n, countUpTo), Exact: n <= countUpTo, AtLeast: n > countUpTo}, nil
}

// Count returns how many leads there are, and how many of them came since a time. It
// counts them all: pages use Size.
func (s *Service) Count(ctx context.Context, since time.Time) (all, fresh int, err error) {
	err = s.db.Read().NewSelect().Model((*Lead)(nil)).ColumnExpr("count(*)").
		ColumnExpr("count(CASE WHEN created_at >= ? THEN 1 END)", since).Where("merged_into IS NULL").Scan(ctx, &all, &fresh)
	if err != nil {
		return 0, 0, fmt.Errorf("leads: count: %w", err)
	}
	return all, fresh, nil
}
