package abtest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/period"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
)

// shop is an experiment with an order as its goal, what it brings, and unsubscriptions
// that may not become more.
func shop() *Definition {
	d := promise()
	d.Key, d.Goal = "shop", Goal{}
	d.Goals = []Goal{
		{Key: "revenue", Event: "Order Completed", Kind: OfValue, Property: "total"},
		{Key: "orders", Event: "Order Completed", Where: map[string]any{"total": map[string]any{"at_least": 10.0}}, Window: period.Period(7 * day), Role: Primary},
		{Key: "left", Event: "Unsubscribed", Role: Guardrail, Better: Less},
	}
	return d
}

func (h *house) goal(key string) GoalReport {
	h.t.Helper()
	for _, g := range h.report("shop").Goals {
		if g.Key == key {
			return g
		}
	}
	h.t.Fatalf("no goal %q", key)
	return GoalReport{}
}

// reached says how many of whom reached a goal, and what they brought.
func (g GoalReport) counts() (out string) {
	for _, a := range g.Arms {
		out += fmt.Sprintf("%s %d/%d", a.Key, a.Conversions, a.Visitors)
		if a.Total != nil {
			out += fmt.Sprintf("=%g", math.Round(*a.Total*1e6)/1e6)
		}
		out += " "
	}
	return out
}

func TestEachGoalCountsByItself(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		e := h.start(shop())
		h.visit(e, "a", 2, 0) // visitor-000001 and -000002
		h.visit(e, "b", 2, 0)
		at := h.time.Now()
		left := submitted(9, "visitor-000004", at)
		left.Name = "Unsubscribed"
		h.must(h.OnEvents(ctx, []*leads.Event{
			ordered(1, "visitor-000001", at.Add(time.Hour), 30.0), ordered(2, "visitor-000001", at.Add(2*time.Hour), "۱۲٫۵"),
			ordered(3, "visitor-000003", at.Add(time.Hour), 4.0),           // too small for an order, and revenue all the same
			ordered(4, "visitor-000003", at.Add(7*day+time.Second), 100.0), // after the window
			ordered(5, "visitor-000002", at.Add(time.Hour), "much"), ordered(6, "visitor-000002", at.Add(-time.Second), 50.0), left,
		}))
		for key, want := range map[string]string{"orders": "a 1/2 b 0/2 ", "revenue": "a 1/2=42.5 b 1/2=104 ", "left": "a 0/2 b 1/2 "} {
			if got := h.goal(key).counts(); got != want {
				t.Errorf("%s: %s, want %s", key, got, want)
			}
		}
		r := h.report("shop")
		if r.Goal.Key != "orders" || r.Goals[0].Key != "orders" || counts(r.Arms) != "a 1/2 b 0/2 " {
			t.Errorf("the verdict is about %q: %s", r.Goal.Key, counts(r.Arms))
		}
		if r.Daily[0].Arms[0].Conversions != 1 {
			t.Errorf("%+v", r.Daily)
		}
		if list, err := h.List(ctx); err != nil || list[0].Arms[0].Conversions != 1 || list[0].Arms[0].Visitors != 2 {
			t.Errorf("%+v (%v)", list[0].Arms, err)
		}
	})
}

func TestAnyOrderOfTheSameEventsGivesTheSame(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		e := h.start(shop())
		h.visit(e, "a", 3, 0)
		var events []*leads.Event
		for i := range 24 {
			events = append(events, ordered(int64(i+1), fmt.Sprintf("visitor-%06d", 1+i%3), h.time.Now().Add(time.Duration(i*11)*time.Hour), float64(3*i)))
		}
		dice := rand.New(rand.NewPCG(1, 1))
		dice.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		for i := 0; i < len(events); i += 4 {
			h.must(h.OnEvents(ctx, events[i:i+4]))
			h.must(h.OnEvents(ctx, events[:i])) // those before come again
		}
		if got := h.goal("revenue").counts(); got != "a 3/3=828 b 0/0 " {
			t.Errorf("revenue %s", got)
		}
		var first []*reached
		h.must(h.db.Read().NewSelect().Model(&first).Where("goal = 'orders'").Order("visitor_id").Scan(ctx))
		for i, want := range []int64{7, 5, 6} { // the earliest of at least 10
			if len(first) != 3 || first[i].EventID != want || first[i].ReachedOn != e.days(first[i].FirstAt)+1 {
				t.Fatalf("%+v, want event %d", first[i], want)
			}
		}
	})
}

func TestAnEventKnownByItsLeadCountsForTheirVisitor(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		e := h.start(shop())
		h.visit(e, "b", 2, 0)
		lead, err := h.upsert("sara@example.com")
		h.must(err)
		h.time.Advance(time.Hour)
		known := submitted(1, "visitor-000002", h.time.Now()) // a form: no goal, but it says who it is
		known.LeadID = lead
		h.must(h.OnEvents(ctx, []*leads.Event{known}))
		h.time.Advance(time.Hour)
		order, stranger := ordered(2, "", h.time.Now(), 20.0), ordered(3, "", h.time.Now(), 20.0)
		order.LeadID, stranger.LeadID = lead, lead+1000
		for range 2 {
			h.must(h.OnEvents(ctx, []*leads.Event{order, stranger}))
		}
		if got := h.goal("revenue").counts() + h.goal("orders").counts(); got != "a 0/0 b 1/2=20 a 0/0 b 1/2 " {
			t.Errorf("%s", got)
		}
	})
}

func TestHugeValuesAreHeldDown(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		d := shop()
		d.Goals[0].Cap = 0.9
		e := h.start(d)
		h.visit(e, "a", 30, 0)
		h.visit(e, "b", 30, 0)
		values := map[string][]float64{}
		var all []float64
		var events []*leads.Event
		for i := range 40 {
			v, arm := float64(i*i), "a"
			if i+1 > 30 {
				arm = "b"
			}
			if v != 0 {
				values[arm], all = append(values[arm], v), append(all, v)
			}
			events = append(events, ordered(int64(i+1), fmt.Sprintf("visitor-%06d", i+1), h.time.Now(), v))
		}
		h.must(h.OnEvents(ctx, events))
		limit, _ := stats.Cap(all, 0.9)
		check := func(of string, arms []stats.Arm) {
			for _, a := range arms {
				want, _ := stats.Summarize(values[a.Key], 30, limit)
				if math.Abs(a.Value.Mean-want.Mean) > 1e-9*want.Mean || math.Abs(a.Value.Variance-want.Variance) > 1e-9*want.Variance {
					t.Errorf("%s, %s: %+v, want %+v", of, a.Key, *a.Value, want)
				}
			}
		}
		revenue := d.goals()[1]
		counted, err := h.count(ctx, e, everyDay)
		h.must(err)
		check("now", counted.arms(e, &revenue))
		// As it stood when a day was over, whatever came later.
		h.time.Advance(30 * time.Hour)
		h.must(h.OnEvents(ctx, []*leads.Event{ordered(99, "visitor-000005", h.time.Now(), 9.0)}))
		counted, err = h.count(ctx, e, 1)
		h.must(err)
		check("after a day", counted.arms(e, &revenue))
	})
}

func TestAWorseGuardrailIsSaid(t *testing.T) {
	h, ctx := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()}), context.Background()
	e := h.start(shop())
	h.visit(e, "a", 400, 0)
	h.visit(e, "b", 400, 0)
	var events []*leads.Event
	for i := range 120 {
		left := submitted(int64(i+1), fmt.Sprintf("visitor-%06d", 401+i), h.time.Now())
		left.Name = "Unsubscribed"
		events = append(events, left)
	}
	h.must(h.OnEvents(ctx, events[:2]))
	if r := h.report("shop"); len(r.harms("b")) != 0 {
		t.Errorf("two who leave harm already: %+v", r.harms("b"))
	}
	h.must(h.OnEvents(ctx, events))
	if r := h.report("shop"); len(r.harms("b")) != 1 || len(r.harms("a")) != 0 || r.Verdict.State != stats.StateRunning {
		t.Errorf("%+v", r.Goals[2])
	}
}

func TestBadGoalsAreRefused(t *testing.T) {
	for field, change := range map[string]func(d *Definition){
		"goals[1].key":      func(d *Definition) { d.Goals[1].Key = "revenue" },
		"goals[0].key":      func(d *Definition) { d.Goals[0].Key = "" },
		"goals[2].role":     func(d *Definition) { d.Goals[2].Role = Primary },
		"goals":             func(d *Definition) { d.Goals[1].Role = Secondary },
		"goals[0].property": func(d *Definition) { d.Goals[0].Property = "" },
		"goals[1].cap":      func(d *Definition) { d.Goals[1].Cap = 0.9 },
		"goals[1].better":   func(d *Definition) { d.Goals[1].Better = Less },
		"goals[1].window":   func(d *Definition) { d.Goals[1].Window = period.Period(time.Second) },
		"goals[1].where":    func(d *Definition) { d.Goals[1].Where = map[string]any{"total": map[string]any{"about": 3}} },
		"goal.role":         func(d *Definition) { d.Goal.Role, d.Goals[1].Role = Guardrail, Secondary },
	} {
		d := shop()
		change(d)
		if fields, _ := errs.AsFields(d.Check()); fields[field] == "" {
			t.Errorf("%s: %v", field, d.Check())
		}
	}
	short := shop()
	short.Goal, short.Goals = promise().Goal, short.Goals[2:]
	if err := errors.Join(shop().Check(), short.Check()); err != nil {
		t.Error(err)
	}
	if goals := short.goals(); goals[0].Key != "goal" || goals[0].Role != Primary || goals[1].Key != "left" {
		t.Errorf("%+v", goals)
	}
}

func TestGoalsStayOnceStarted(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.start(shop())
	for field, change := range map[string]func(d *Definition){
		"goals":    func(d *Definition) { d.Goals = d.Goals[:2] },
		"goals[3]": func(d *Definition) { d.Goals = append(d.Goals, Goal{Key: "more", Event: "x"}) },
		"goals[0]": func(d *Definition) { d.Goals[0].Property = "revenue" },
		"goals[1]": func(d *Definition) { d.Goals[1].Window = 0 },
		"goals[2]": func(d *Definition) { d.Goals[2].Better = More },
	} {
		d := shop()
		change(d)
		err := h.apply(d)
		if fields, _ := errs.AsFields(err); !errors.Is(err, errs.Conflict) || len(fields) != 1 || fields[field] == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
	d := shop()
	d.Goals[0].Name = texts("Revenue", "درآمد")
	d.Goals[0], d.Goals[2] = d.Goals[2], d.Goals[0]
	h.must(h.apply(d))
	h.must(h.Expose(context.Background(), "shop", "a", "v", web.Visit{}))
}
