package abtest

import (
	"context"
	"html"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// town has landing pages and forms with fixed traffic.
type town struct{ pages, forms []Traffic }

func (t town) Traffic(context.Context, int) ([]Traffic, error)     { return slices.Clone(t.pages), nil }
func (t town) FormTraffic(context.Context, int) ([]Traffic, error) { return slices.Clone(t.forms), nil }

var someTown = town{[]Traffic{
	{Key: "busy", Name: "Busy", Form: "guide", Days: 28, Visitors: 30_800, Conversions: 924},
	{Key: "quiet", Name: "Quiet", Experiment: "promise", Days: 10, Visitors: 100, Conversions: 4},
	{Key: "empty", Name: "Empty"},
}, []Traffic{
	{Key: "guide", Name: "Guide", Form: "guide", Days: 28, Visitors: 56_000, Conversions: 1680},
	{Key: "quiz", Name: "Quiz", Form: "quiz", Experiment: "less", Days: 7, Visitors: 35, Conversions: 2},
	{Key: "fresh", Name: "Fresh", Form: "fresh"},
}}

func share(f float64) *float64 { return &f }

func TestAPlanIsMadeWithThePagesOwnTraffic(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.Join(someTown, nil)
	a, err := h.Plan(context.Background(), PlanQuestion{Page: "busy", Effect: share(0.2), Weeks: new(4)})
	h.must(err)
	if a.Baseline != 0.03 || a.VisitorsPerDay != 1100 || a.Page.Key != "busy" {
		t.Errorf("planned with a rate of %v and %v visitors a day", a.Baseline, a.VisitorsPerDay)
	}
	if a.Needed.PerArm <= 13_914 || math.Abs(a.AlphaAtEnd-0.04) > 1e-9 || *a.Needed.Days != 28 || !*a.Fits {
		t.Errorf("%+v fits %v; 3 %% to 3.6 %% takes four weeks of 1,100 a day", a.Needed, *a.Fits)
	}
	if a.Smallest == nil || a.Smallest.MDERelative > 0.2 || a.Smallest.MDERelative < 0.19 {
		t.Errorf("four weeks show %+v", a.Smallest)
	}
	if len(a.Curve) != 12 {
		t.Fatalf("%d weeks on the curve", len(a.Curve))
	}
	for i := 1; i < len(a.Curve); i++ {
		if *a.Curve[i].Smallest >= *a.Curve[i-1].Smallest {
			t.Errorf("week %d shows no less than the one before", i+1)
		}
	}
	half, err := h.Plan(context.Background(), PlanQuestion{Page: "busy", Coverage: new(0.5), Weeks: new(8)})
	h.must(err)
	if half.VisitorsPerDay != 550 || math.Abs(half.Smallest.MDERelative-a.Smallest.MDERelative) > 1e-9 {
		t.Errorf("half of the visitors take twice the time: %+v", half.Smallest)
	}
}

func TestAPageThatCannotAnswerSaysSo(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.Join(someTown, nil)
	a, err := h.Plan(context.Background(), PlanQuestion{Page: "quiet", Effect: share(0.1), Weeks: new(4)})
	h.must(err)
	if *a.Fits || a.Needed == nil || *a.Needed.Days <= 28 || a.Smallest == nil || a.Smallest.MDERelative < 0.5 {
		t.Errorf("ten visitors a day answer %+v", a)
	}
	tiny, err := h.Plan(context.Background(), PlanQuestion{Baseline: new(0.001), VisitorsPerDay: new(0.01), Effect: share(0.01), Weeks: new(1)})
	h.must(err)
	if *tiny.Fits || tiny.Needed != nil || tiny.Smallest != nil || tiny.Curve[0].Smallest != nil {
		t.Errorf("one visitor in a hundred days answers %+v", tiny)
	}
	for field, q := range map[string]PlanQuestion{
		"baseline":         {Page: "empty", VisitorsPerDay: new(10.0)},
		"visitors_per_day": {Baseline: new(0.1)},
		"page":             {Page: "nowhere"},
		"weights":          {Baseline: new(0.1), VisitorsPerDay: new(10.0), Variants: new(3), Weights: []float64{1, 2}},
		"mde_relative":     {Baseline: new(0.6), VisitorsPerDay: new(10.0), Effect: share(0.9)},
	} {
		_, err := h.Plan(context.Background(), q)
		if bad, ok := errs.AsFields(err); !ok || bad[field] == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestThePlanningPageSaysPlainlyWhatCannotBeSeen(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.Join(someTown, nil)
	base := h.serve()
	for path, want := range map[string][]string{
		"?lang=en":                                    {"What do you want to know?", `<option value="page:busy">`, `<option value="form:quiz">`},
		"?lang=en&page=busy&effect=20&weeks=4":        {"you need", "4 weeks of running", "30,800 visitors, of whom 924", "/experiments/new?", "page=busy"},
		"?lang=en&page=quiet&effect=10&weeks=4":       {"cannot show a lift of", "not worth its time", "Fleiss"},
		"?lang=fa&page=quiet&effect=%DB%B1%DB%B0":     {"نمی‌توان افزایش", "ارزش زمانش را ندارد"},
		"?lang=fa&baseline=%DB%B3&visitors=%DB%B1000": {"آنچه در ۴ هفته دیده می‌شود"},
		"?lang=en&baseline=0.1&visitors=0.2&weeks=1":  {"no difference can show at all", "–"},
	} {
		status, body := h.get(base + "/experiments/plan" + path)
		if status != http.StatusOK {
			t.Errorf("%s: %d", path, status)
		}
		for _, sign := range append([]string{}, want...) {
			if !strings.Contains(body, sign) {
				t.Errorf("%s does not say %q", path, sign)
			}
		}
		for _, sign := range []string{"⟦", "NaN", "Inf", "%!"} {
			if strings.Contains(body, sign) {
				t.Errorf("%s shows %q", path, sign)
			}
		}
	}
	for path, want := range map[string]string{
		"?lang=en&baseline=120&visitors=10":             "less than 100 per cent",
		"?lang=en&baseline=x&visitors=10":               "Please write a number",
		"?lang=en&page=empty":                           "not enough for a rate",
		"?lang=en&baseline=60&visitors=10&effect=90":    "such a lift cannot be",
		"?lang=fa&baseline=3&visitors=10&weights=1+2+3": "برای هر نسخه یک عدد",
	} {
		if status, body := h.get(base + "/experiments/plan" + path); status != http.StatusUnprocessableEntity || !strings.Contains(body, want) {
			t.Errorf("%s: %d without %q", path, status, want)
		}
	}
}

// carried is the form of a new experiment that a plan leads to.
func (h *house) carried(base, plan string) url.Values {
	h.t.Helper()
	_, body := h.get(base + "/experiments/plan?lang=en&" + plan)
	link := regexp.MustCompile(`href="(/experiments/new[^"]*)"`).FindStringSubmatch(body)
	if link == nil {
		h.t.Fatal("the plan leads to no experiment")
	}
	_, body = h.get(base + html.UnescapeString(link[1]) + "&lang=en")
	return inputs(body)
}

func TestAPlanIsCarriedIntoANewExperiment(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.Join(someTown, nil)
	base := h.serve()
	form := h.carried(base, "page=busy&effect=20&weeks=4&variants=3&weights=2+1+1&coverage=50")
	for name, want := range map[string]string{
		"planned_conversion_rate": "3", "coverage": "50", "variants[0].weight": "2", "variants[2].key": "c", "goals[0].where": "form: guide", "name": "Busy",
	} {
		if form.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, form.Get(name), want)
		}
	}
	form.Set("do", "save")
	form.Set("key", "from-plan")
	if status, body, _ := h.submit(base+"/experiments/new?lang=en", form); status != http.StatusSeeOther {
		t.Fatalf("%d %v", status, said.FindAllString(body, -1))
	}
	if d := h.find("from-plan").Definition; d.PlannedVisitorsPerArm < 1000 || *d.MinimumEffect <= 0 || *d.PlannedWeeks != 4 || len(d.Variants) != 3 {
		t.Errorf("%+v", d)
	}
}
