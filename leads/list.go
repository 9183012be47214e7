package leads

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
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
	q, id, err := s.narrow(ctx, s.db.Read().NewSelect().Model(&page), o)
	if err != nil || q == nil {
		return nil, false, err
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
	q, _, err := s.narrow(ctx, s.db.Read().NewSelect().Model((*Lead)(nil)).ColumnExpr("1"), o)
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
