package abtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
)

// holding are the leads for whom a condition holds: as Where says, which is checked
// against Match for each of them.
func (h *house) holding(c conditions.Condition) []int64 {
	h.t.Helper()
	ctx := context.Background()
	var all []int64
	h.must(h.db.Read().NewSelect().Model((*leads.Lead)(nil)).Column("id").Where(leads.Living).Order("id").Scan(ctx, &all))
	facts, err := h.leads.Facts(ctx, h.db.Read(), all, c)
	h.must(err)
	var found []int64
	for _, few := range []bool{false, true} {
		schema := h.leads.Schema()
		schema.Few = few
		where, args, err := c.Where(schema, h.time.Now())
		h.must(err)
		found = nil
		h.must(h.db.Read().NewSelect().Model((*leads.Lead)(nil)).Column("id").Where(leads.Living).Where(where, args...).Order("id").Scan(ctx, &found))
		for _, id := range all {
			if matches := c.Match(*facts[id], h.time.Now()); matches != slices.Contains(found, id) {
				h.t.Errorf("lead %d: %+v: match says %v, the query (few: %v) not", id, c, matches, few)
			}
		}
	}
	return found
}

func TestConditionsFindTheLeadsWhoSawAVariant(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e, page := h.start(subjects()), h.start(promise())
		ids := h.people(30)
		seen := h.show(e.Key, ids[:20]...)
		// A page is seen by devices: one lead on two in both versions, one in two of one.
		device := func(name, variant string, lead int64) *exposure {
			x := page.exposure(name, variant, h.time.Now())
			x.LeadID = lead
			return x
		}
		h.must(h.inTx([]*exposure{device("d1", "a", ids[0]), device("d2", "b", ids[0]), device("d3", "a", ids[1]), device("d4", "a", ids[1]), device("d5", "b", ids[2])}))
		h.must(h.inTx([]*exposure{device("d5", "a", ids[2]), device("d6", "b", 0)}))
		want := map[string][]int64{"promise/a": {ids[1]}, "promise/b": nil, "subjects/c": nil, "nothing/a": nil}
		for _, id := range ids[:20] {
			want["subjects/"+seen[id]] = append(want["subjects/"+seen[id]], id)
		}
		for name, expected := range want {
			is := conditions.Condition{Variant: name}
			if got := h.holding(is); !slices.Equal(got, expected) {
				t.Errorf("%s: %v, want %v", name, got, expected)
			}
			not := conditions.Condition{Not: &is}
			if got := h.holding(not); len(got) != len(ids)-len(expected) {
				t.Errorf("not %s: %v", name, got)
			}
		}
	})
}

func TestWhoSawAVariantIsFoundByAnIndex(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(subjects())
		var rows []*exposure
		for _, id := range h.people(300) {
			x := e.exposure(leadVisitor(id), "b", h.time.Now().Add(-time.Hour))
			x.LeadID = id
			rows = append(rows, x)
		}
		for part := range slices.Chunk(rows, mostAtOnce) {
			h.must(h.inTx(part))
		}
		h.visit(e, "a", 3000, 0)
		query, args := variantSet("subjects/b")
		explain := "EXPLAIN QUERY PLAN "
		if h.db.Dialect() == db.Postgres {
			explain = "EXPLAIN "
			_, err := h.db.Read().NewRaw("ANALYZE exposures").Exec(context.Background())
			h.must(err)
		}
		plan := h.plan(explain+query, args...)
		if !strings.Contains(plan, "exposures_variant") {
			t.Error(plan)
		}
		if one := h.plan(explain + strings.ReplaceAll(variantsOf, "?0", "17")); !strings.Contains(one, "exposures_lead") {
			t.Error(one)
		}
	})
}

// plan is what the planner says that it will do.
func (h *house) plan(query string, args ...any) string {
	h.t.Helper()
	var rows []map[string]any
	h.must(h.db.Read().NewRaw(query, args...).Scan(context.Background(), &rows))
	return fmt.Sprint(rows)
}
