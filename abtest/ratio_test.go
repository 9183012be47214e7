package abtest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
)

// baskets is a shop with two ratios: what an order brings, and clicks for each view.
func baskets() *Definition {
	d := shop()
	d.Goals = append(d.Goals,
		Goal{Key: "basket", Event: "Order Completed", Kind: OfRatio, Property: "total", Where: map[string]any{"total": map[string]any{"at_least": 1.0}}},
		Goal{Key: "clicks", Event: "Clicked", Kind: OfRatio, Per: "Product Viewed", PerWhere: map[string]any{"form": "guide"}},
	)
	return d
}

func happened(name string, id int64, visitor string, at time.Time) *leads.Event {
	e := submitted(id, visitor, at)
	e.Name = name
	return e
}

// ratios are the sums above and below, and what they give.
func (g GoalReport) ratios() (out string) {
	for _, a := range g.Arms {
		out += fmt.Sprintf("%s %g/%g ", a.Key, *a.Total, *a.Units)
		if (a.Mean == nil) != (*a.Units == 0) || a.Mean != nil && *a.Mean != *a.Total / *a.Units {
			out += "which is wrong "
		}
	}
	return out
}

func TestWhatIsNoAmountIsNotAddedUp(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		d := baskets()
		d.Goals[3].Where = nil
		said := d.Goals[3]
		said.Key, said.Per = "basket-said", "Order Completed"
		d.Goals = append(d.Goals, said)
		e := h.start(d)
		h.visit(e, "a", 1, 0)
		h.visit(e, "b", 1, 0)
		for i, total := range []any{"NaN", "Inf", 1e300, 5e15, "1e400", "much", nil, 8.0} {
			h.must(h.OnEvents(ctx, []*leads.Event{ordered(int64(i+1), "visitor-000001", h.time.Now(), total)}))
		}
		if got := h.goal("basket").ratios() + h.goal("basket-said").ratios() + h.goal("revenue").counts(); got != "a 8/8 b 0/0 a 8/8 b 0/0 a 1/1=8 b 0/1=0 " {
			t.Error("an order of which nobody knows how much it brought is one all the same: " + got)
		}
		if got := h.goal("revenue").counts(); got != "a 1/1=8 b 0/1=0 " {
			t.Error(got)
		}
	})
}

func TestAVerdictOnARatioWaitsUntilItCanBeRead(t *testing.T) {
	h, ctx := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()}), context.Background()
	d := promise()
	d.Goal = Goal{Event: "Order Completed", Kind: OfRatio, Property: "total"}
	e := h.start(d)
	h.visit(e, "a", 1000, 0)
	h.visit(e, "b", 1000, 0)
	buy := func(from, to int) {
		var events []*leads.Event
		for i := from; i < to; i++ {
			events = append(events, ordered(int64(i), fmt.Sprintf("visitor-%06d", i), h.time.Now(), float64(10+i%7+20*(i/1001))))
		}
		h.must(h.OnEvents(ctx, events))
	}
	buy(1, 81)
	buy(1001, 1081)
	h.time.Advance(7 * day)
	h.evaluate()
	if r := h.report("promise"); r.State != Running || r.Verdict.Reason != stats.ReasonFewOrders {
		t.Fatalf("eighty orders of each: %s %+v", r.State, r.Verdict)
	}
	if _, body := h.get(h.serve() + "/experiments/promise?lang=fa"); !strings.Contains(body, "تا وقتی صبر می‌کند که از هر نسخه ۱۰۰ نفر") {
		t.Error("the page does not say what is waited for")
	}
	buy(81, 121)
	buy(1081, 1121)
	h.time.Advance(7 * day)
	h.evaluate()
	if r := h.report("promise"); r.State != Decided || r.Verdict.Winner != "b" {
		t.Errorf("%s %+v", r.State, r.Verdict)
	}
}

func TestARatioDividesAllByAll(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		e := h.start(baskets())
		h.visit(e, "a", 3, 0) // visitor-000001 to -000003
		h.visit(e, "b", 2, 0)
		at := h.time.Now().Add(time.Hour)
		events := []*leads.Event{
			ordered(1, "visitor-000001", at, 30.0), ordered(2, "visitor-000001", at.Add(time.Hour), 12.5), ordered(3, "visitor-000002", at, 5.5),
			ordered(4, "visitor-000003", at, 0.5), ordered(5, "visitor-000003", at, "much"), // not under the goal's conditions
			ordered(6, "visitor-000004", at, 7.0),
			happened("Product Viewed", 7, "visitor-000001", at), happened("Clicked", 8, "visitor-000001", at), happened("Product Viewed", 9, "visitor-000001", at),
			happened("Clicked", 10, "visitor-000005", at),                          // without any view
			happened("Product Viewed", 11, "visitor-000002", at.Add(-2*time.Hour)), // before the first sight of a version
		}
		elsewhere := happened("Product Viewed", 12, "visitor-000001", at)
		elsewhere.Properties = map[string]any{"form": "another"}
		events = append(events, elsewhere)
		for range 2 { // once, however often it comes
			h.must(h.OnEvents(ctx, events))
		}
		for key, want := range map[string]string{"basket": "a 48/3 b 7/1 ", "clicks": "a 1/2 b 1/0 "} {
			if got := h.goal(key).ratios(); got != want {
				t.Errorf("%s: %s, want %s", key, got, want)
			}
		}
		if g := h.goal("basket"); g.counts()+h.goal("clicks").counts() != "a 2/3=48 b 1/2=7 a 1/3=1 b 0/2=1 " || g.Arms[0].MeanInterval != nil || g.Comparisons[0].AnytimeP != 1 || g.Comparisons[0].Value.Difference != nil {
			t.Errorf("three orders say something: %+v", g)
		}
		// Who turns out to have seen both takes everything along.
		crossed := e.exposure("visitor-000001", "b", h.time.Now())
		h.must(h.inTx([]*exposure{crossed}))
		for key, want := range map[string]string{"basket": "a 5.5/1 b 7/1 ", "clicks": "a 0/0 b 1/0 "} {
			if got := h.goal(key).ratios(); got != want {
				t.Errorf("%s, without who saw both: %s, want %s", key, got, want)
			}
		}
	})
}

func TestRatiosAreComparedByTheDeltaMethod(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		d := baskets()
		e := h.start(d)
		h.visit(e, "a", 500, 0)
		h.visit(e, "b", 500, 0)
		dice := rand.New(rand.NewPCG(4, 4))
		var sides [2]stats.Paired
		var pairs [2][][2]float64
		var events []*leads.Event
		for i := range 1000 {
			arm, money, orders := i/500, 0.0, 0
			for dice.Float64() < 0.5 {
				total := float64(10 + dice.IntN(20))
				money, orders = money+total, orders+1
				events = append(events, ordered(int64(len(events)+1), fmt.Sprintf("visitor-%06d", i+1), h.time.Now(), total))
			}
			pairs[arm] = append(pairs[arm], [2]float64{money, float64(orders)})
		}
		for i := range sides {
			sides[i] = pairOf(pairs[i])
		}
		for i := 0; i < len(events); i += 200 {
			h.must(h.OnEvents(ctx, events[i:min(len(events), i+200)]))
		}
		want, ok := stats.CompareRatios(sides[0], sides[1], 0.05)
		if !ok {
			t.Fatal("undefined")
		}
		basket := d.goals()[3]
		now, err := h.count(ctx, e, everyDay)
		h.must(err)
		h.time.Advance(26 * time.Hour)
		h.must(h.OnEvents(ctx, []*leads.Event{ordered(9999, "visitor-000001", h.time.Now(), 900.0)}))
		then, err := h.count(ctx, e, 1) // as it stood when the first day was over
		h.must(err)
		for name, counted := range map[string]tally{"now": now, "after a day": then} {
			look := counted.look(e, &basket)
			settings := e.settings()
			settings.Measure = stats.MeasureValue
			read, err := stats.Analyze(settings, look)
			h.must(err)
			v := read.Comparisons[0].Value
			if math.Abs(*v.Difference-want.Difference) > 1e-9 || math.Abs(*v.WelchT-want.Z) > 1e-9*math.Abs(want.Z) || v.AnytimeInterval == nil || !v.AnytimeInterval.Contains(want.Difference) {
				t.Errorf("%s: %+v, the delta method has %+v", name, v, want)
			}
		}
	})
}

// pairOf reads visitors' values and units one by one.
func pairOf(list [][2]float64) (p stats.Paired) {
	p.N = int64(len(list))
	n := float64(p.N)
	for _, v := range list {
		p.MeanY, p.MeanX = p.MeanY+v[0]/n, p.MeanX+v[1]/n
	}
	for _, v := range list {
		y, x := v[0]-p.MeanY, v[1]-p.MeanX
		p.VarianceY, p.VarianceX, p.Covariance = p.VarianceY+y*y/(n-1), p.VarianceX+x*x/(n-1), p.Covariance+y*x/(n-1)
	}
	return p
}

func TestAVerdictOnARatioThroughAChangeOfWeights(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		d := promise()
		d.Goal = Goal{Event: "Order Completed", Kind: OfRatio, Property: "total"}
		d.Variants[0].Weight, d.Variants[1].Weight = 70, 30
		e := h.start(d)
		id := int64(100_000)
		buy := func(variant string, n int, total float64) {
			t.Helper()
			first := h.next + 1
			h.visit(e, variant, n, 0)
			var events []*leads.Event
			for i := range n {
				id++
				events = append(events, ordered(id, fmt.Sprintf("visitor-%06d", first+i), h.time.Now(), total+float64(i%5)))
			}
			h.must(h.OnEvents(ctx, events))
		}
		buy("a", 700, 40)
		buy("b", 300, 44)
		h.time.Advance(3 * day)
		d.Variants[0].Weight, d.Variants[1].Weight = 50, 50
		h.must(h.apply(d))
		e = h.find("promise")
		buy("a", 60, 4) // too few orders to be read: this regime says nothing of the ratio yet
		buy("b", 60, 90)
		h.time.Advance(4 * day)
		h.evaluate()
		r := h.report("promise")
		c := r.Comparisons[0]
		if !c.WeightsVaried || c.Value == nil || math.Abs(*c.Value.Difference-4) > 0.1 {
			t.Fatalf("%+v %+v", c, c.Value)
		}
		if r.State != Decided || r.Verdict.State != stats.StateWinner || r.Verdict.Winner != "b" {
			t.Errorf("%s %+v", r.State, r.Verdict)
		}
		if g := r.GoalsAtVerdict[0]; *g.Arms[0].Units != 760 || math.Abs(*g.Arms[1].Mean-(300*46+60*92)/360.0) > 1e-9 {
			t.Errorf("%s", g.ratios())
		}
	})
}

func TestAWorseRatioHarms(t *testing.T) {
	h, ctx := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()}), context.Background()
	d := shop()
	d.Goals[2] = Goal{Key: "returns", Event: "Order Returned", Kind: OfRatio, Per: "Order Completed", Role: Guardrail, Better: Less}
	e := h.start(d)
	h.visit(e, "a", 500, 0)
	h.visit(e, "b", 500, 0)
	var events []*leads.Event
	for i := range 1000 {
		visitor := fmt.Sprintf("visitor-%06d", i+1)
		events = append(events, ordered(int64(i+1), visitor, h.time.Now(), 20.0))
		if i%3 == 0 || i >= 500 && i%3 == 1 {
			events = append(events, happened("Order Returned", int64(5000+i), visitor, h.time.Now()))
		}
	}
	h.must(h.OnEvents(ctx, events))
	if r := h.report("shop"); len(r.harms("b")) != 1 || len(r.harms("a")) != 0 {
		t.Errorf("twice as many come back, and it harms %+v", r.harms("b"))
	}
}

func TestBadRatiosAreRefused(t *testing.T) {
	for field, change := range map[string]func(g *Goal){
		"goals[3].property": func(g *Goal) { g.Property = "" },
		"goals[3].cap":      func(g *Goal) { g.Cap = 0.9 },
		"goals[4].per":      func(g *Goal) { g.Per, g.PerWhere = "Clicked", nil }, // by itself: always 1
		"goals[3].per":      func(g *Goal) { g.PerWhere = g.Where },               // of nothing
		"goals[3].event":    func(g *Goal) { g.Event += " " },
		"goals[2].per":      func(g *Goal) { g.Per = "Order Completed" },
		"goals[4].per_where": func(g *Goal) {
			g.PerWhere = map[string]any{"shelf": map[string]any{"about": 3}}
		},
	} {
		d := baskets()
		var at int
		fmt.Sscanf(field, "goals[%d]", &at)
		change(&d.Goals[at])
		if fields, _ := errs.AsFields(d.Check()); fields[field] == "" || len(fields) != 1 {
			t.Errorf("%s: %v", field, d.Check())
		}
	}
	part := baskets() // the part of the orders that are large
	part.Goals[3] = Goal{Key: "large", Event: "Order Completed", Kind: OfRatio, Where: map[string]any{"total": map[string]any{"at_least": 100.0}}, Per: "Order Completed"}
	if err := part.Check(); err != nil {
		t.Error(err)
	}
	earns := baskets()
	earns.Mode, earns.Goals[1].Role, earns.Goals[4].Role = Earn, Secondary, Primary
	if fields, _ := errs.AsFields(earns.Check()); fields["mode"] == "" {
		t.Errorf("a ratio cannot be earned: %v", earns.Check())
	}
}

func TestAGoalIsToldInWords(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	d := baskets()
	large := map[string]any{"total": map[string]any{"at_least": 100.0}}
	d.Goals = append(d.Goals, Goal{Key: "large", Name: texts("Large orders", "سفارش‌های بزرگ"), Event: "Order Completed", Where: large, Kind: OfRatio, Per: "Order Completed"})
	e := h.start(d)
	h.visit(e, "a", 1, 0)
	_, body := h.get(h.serve() + "/experiments/shop?lang=en")
	for _, want := range []string{"total is at least 100", "Large orders</th>", "number of Order Completed"} {
		if !strings.Contains(isolates.Replace(body), want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(body, "map[") || strings.Contains(body, "Order Completed per Order Completed") {
		t.Error("told as a program would")
	}
}

var isolates = strings.NewReplacer("\u2068", "", "\u2069", "")
