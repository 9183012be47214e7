package abtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/templates"
)

// come has so many new visitors ask for their variant and see it; it returns what each saw.
func (h *house) come(server *Service, experiment string, n int, from web.Visit) map[string]string {
	h.t.Helper()
	saw := map[string]string{}
	for range n {
		h.next++
		id := fmt.Sprintf("newcomer-%06d", h.next)
		v, err := server.Assign(context.Background(), experiment, id, from)
		h.must(err)
		saw[id] = v
		if v == "" {
			v = "a" // the first version
		}
		h.must(server.Expose(context.Background(), experiment, v, id, from))
	}
	return saw
}

func TestOtherWeightsOpenANewRegimeAndMoveNobody(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		d := promise()
		d.Variants[0].Weight, d.Variants[1].Weight = 90, 10
		h.start(d)
		before := h.come(h.Service, "promise", 150, web.Visit{})
		h.time.Advance(36 * time.Hour)
		d = promise()
		d.Variants[0].Weight, d.Variants[1].Weight = 30, 70
		h.must(h.apply(d))
		forgetful := h.another(h.db)
		after := h.come(forgetful, "promise", 150, web.Visit{})
		for id, saw := range before {
			for _, server := range []*Service{h.Service, forgetful, forgetful} {
				if got, err := server.Assign(ctx, "promise", id, web.Visit{}); err != nil || got != saw {
					t.Fatalf("%s sees %q (%v), saw %q", id, got, err, saw)
				}
			}
			h.must(forgetful.Expose(ctx, "promise", saw, id, web.Visit{}))
		}
		r := h.report("promise")
		if r.Visitors() != 300 || r.Crossed.Visitors != 0 || !r.SRM.OK {
			t.Errorf("%d visitors, %d in two variants, split %+v", r.Visitors(), r.Crossed.Visitors, r.SRM)
		}
		if len(r.Regimes) != 2 || r.Regimes[0].Shares[0] != 0.9 || r.Regimes[1].Shares[0] != 0.3 || !r.Regimes[1].Since.Equal(h.time.Now()) {
			t.Errorf("%+v", r.Regimes)
		}
		if c := r.Comparisons[0]; !c.WeightsVaried || c.HorizonTest != stats.TestEProcess {
			t.Errorf("%+v, want the test for weights that changed", c)
		}
		var late []*exposure
		h.must(h.db.Read().NewSelect().Model(&late).Where("regime = 2").Scan(ctx))
		if len(late) != len(after) || late[0].Day != 1 {
			t.Errorf("%d visitors of the second regime, want %d", len(late), len(after))
		}
		h.must(h.apply(d)) // the same again
		d = promise()
		d.Variants[0].Weight, d.Variants[1].Weight = 3, 7
		h.must(h.apply(d)) // and in other words
		if e := h.find("promise"); len(e.regimes) != 2 {
			t.Errorf("%d regimes after the same weights", len(e.regimes))
		}
	})
}

func TestARegimeWhoseVisitorsAllSawBothVersionsStaysTheFirst(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		d := promise()
		d.Variants[0].Weight, d.Variants[1].Weight = 90, 10
		e := h.start(d)
		h.visit(e, "a", 1, 0) // visitor-000001
		h.must(h.inTx([]*exposure{e.exposure("visitor-000001", "b", h.time.Now())}))
		h.time.Advance(time.Hour)
		d = promise()
		d.Variants[0].Weight, d.Variants[1].Weight = 50, 50
		h.must(h.apply(d))
		e = h.find("promise")
		h.visit(e, "a", 100, 10)
		h.visit(e, "b", 100, 12)
		h.evaluate()
		r := h.report("promise")
		// The evidence began under the first weights, so its prior is theirs for good.
		if c := r.Comparisons[0]; !c.WeightsVaried || r.Crossed.Visitors != 1 || r.Visitors() != 200 || !r.SRM.OK {
			t.Errorf("%+v, %+v, %d visitors, split %+v", c, r.Crossed, r.Visitors(), r.SRM)
		}
		raw, err := json.Marshal(r)
		h.must(err)
		if strings.Contains(string(raw), "NaN") {
			t.Errorf("%s", raw)
		}
	})
}

func TestARampAddsUpAsASimpleCountDoes(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	d := promise()
	d.Variants[0].Weight, d.Variants[1].Weight = 80, 20
	e := h.start(d)
	dice, want := rand.New(rand.NewPCG(3, 3)), [2]stats.Count{}
	for i, weights := range [][2]float64{{80, 20}, {50, 50}, {20, 80}} {
		d = promise()
		d.Variants[0].Weight, d.Variants[1].Weight = weights[0], weights[1]
		h.must(h.apply(d))
		e = h.find("promise")
		for arm, v := range e.Definition.Variants {
			n := 3 * int(weights[arm])
			converted := dice.IntN(n)
			h.visit(e, v.Key, n, converted)
			want[arm].Visitors += int64(n)
			want[arm].Conversions += int64(converted)
		}
		h.time.Advance(time.Duration(20+i) * time.Hour)
	}
	primary := e.Definition.primary()
	counted, err := h.count(context.Background(), e, everyDay)
	h.must(err)
	look := counted.look(e, &primary)
	if len(look.Regimes) != 3 || look.Arms[0].Count != want[0] || look.Arms[1].Count != want[1] {
		t.Errorf("%+v, want %+v", look, want)
	}
	if _, err := stats.Analyze(e.settings(), look); err != nil {
		t.Error(err)
	}
}

func TestAWiderCoverageMovesNobody(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		d := promise()
		d.Coverage = new(0.4)
		h.start(d)
		before := h.come(h.Service, "promise", 200, web.Visit{})
		d = promise()
		d.Coverage = new(0.9)
		h.must(h.apply(d))
		entered := 0
		for id, saw := range before {
			got, err := h.another(h.db).Assign(ctx, "promise", id, web.Visit{})
			h.must(err)
			if saw != "" && got != saw {
				t.Errorf("%s sees %q, saw %q", id, got, saw)
			}
			if saw == "" && got != "" {
				entered++
			}
		}
		r := h.report("promise")
		if entered < 50 || len(r.Regimes) != 2 || r.Comparisons[0].WeightsVaried {
			t.Errorf("%d more take part; %+v", entered, r.Regimes)
		}
		d = promise()
		d.Coverage = new(0.5)
		if fields, _ := errs.AsFields(h.apply(d)); !strings.Contains(fields["coverage"], "raised") {
			t.Errorf("narrower: %v", fields)
		}
	})
}

func TestWeightsStayWhereNobodyRemembers(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	outside := func(change func(d *Definition)) *Definition {
		d := promise()
		d.Surface = surfaceAPI
		d.Coverage = new(0.5)
		change(d)
		return d
	}
	h.start(outside(func(*Definition) {}))
	for field, change := range map[string]func(d *Definition){
		"variants[0].weight": func(d *Definition) { d.Variants[0].Weight, d.Variants[1].Weight = 3, 1 },
		"state":              func(d *Definition) { d.State = Paused },
	} {
		err := h.apply(outside(change))
		if fields, _ := errs.AsFields(err); !errors.Is(err, errs.Conflict) || !strings.Contains(fields[field], "SDKs") {
			t.Errorf("%s: %v", field, err)
		}
	}
	h.must(h.apply(outside(func(d *Definition) { d.Coverage = new(1.0) })))
}

func TestAPausedExperimentLetsNobodyInAndCountsOn(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		e := h.start(promise())
		in := h.come(h.Service, "promise", 60, web.Visit{})
		d := promise()
		d.State = Paused
		h.must(h.apply(d))
		for id, saw := range h.come(h.another(h.db), "promise", 60, web.Visit{}) {
			if saw != "" {
				t.Fatalf("%s sees %q though nobody may enter", id, saw)
			}
		}
		for id, saw := range in {
			if got, err := h.another(h.db).Assign(ctx, "promise", id, web.Visit{}); err != nil || got != saw {
				t.Fatalf("%s sees %q (%v), saw %q", id, got, err, saw)
			}
		}
		r := h.report("promise")
		if r.State != Paused || r.PausedAt == nil || r.Visitors() != 60 {
			t.Errorf("%s, %d visitors", r.State, r.Visitors())
		}
		// Who is in converts, and the verdict comes.
		h.visit(e, "a", 1000, 100)
		h.visit(e, "b", 1000, 200)
		h.time.Advance(7 * day)
		h.evaluate()
		if r := h.report("promise"); r.State != Decided || r.Verdict.Winner != "b" {
			t.Errorf("%s %+v", r.State, r.Verdict)
		}
	})
}

func TestAResumedExperimentGoesOn(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	e := h.start(promise())
	d := promise()
	d.State = Paused
	h.must(h.apply(d))
	h.time.Advance(time.Hour)
	h.must(h.apply(promise()))
	after := h.find("promise")
	if after.State() != Running || !after.StartedAt.Equal(e.StartedAt) || len(after.regimes) != 1 {
		t.Errorf("%+v", after)
	}
	if saw := h.come(h.Service, "promise", 1, web.Visit{}); h.report("promise").Visitors() != 1 {
		t.Errorf("%v is not counted", saw)
	}
}

func TestEachStateSaysWhereItLeads(t *testing.T) {
	to := func(h *house, state State) error {
		d := promise()
		d.State = state
		return h.apply(d)
	}
	for _, c := range []struct {
		name string
		path []State
		last State
		why  string // "" when it is possible
	}{
		{"a draft is not paused", []State{Draft}, Paused, "has not started"},
		{"a draft goes into the archive", []State{Draft}, Archived, ""},
		{"and comes back", []State{Draft, Archived}, Draft, ""},
		{"or starts", []State{Draft, Archived}, Running, ""},
		{"one that runs is no draft", []State{Running}, Draft, "not be a draft"},
		{"one that runs is not archived", []State{Running}, Archived, "stop it first"},
		{"nor one that is paused", []State{Running, Paused}, Archived, "stop it first"},
		{"one that is paused is stopped", []State{Running, Paused}, Stopped, ""},
		{"one that was stopped does not run", []State{Running, Stopped}, Running, "was stopped"},
		{"and is not paused", []State{Running, Stopped}, Paused, "was stopped"},
		{"and goes into the archive", []State{Running, Stopped}, Archived, ""},
		{"and back", []State{Running, Stopped, Archived}, Stopped, ""},
		{"but does not run from there", []State{Running, Stopped, Archived}, Running, "was stopped"},
	} {
		h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
		for _, state := range c.path {
			h.must(to(h, state))
		}
		err := to(h, c.last)
		fields, _ := errs.AsFields(err)
		if c.why == "" && (err != nil || h.find("promise").State() != c.last) || c.why != "" && (!errors.Is(err, errs.Conflict) || !strings.Contains(fields["state"], c.why)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestTheArchiveIsNotInTheList(t *testing.T) {
	h, ctx := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()}), context.Background()
	d := promise()
	d.State = Archived
	h.start(d)
	listed, err := h.List(ctx)
	h.must(err)
	kept, err := h.Archive(ctx)
	h.must(err)
	if len(listed) != 0 || len(kept) != 1 || kept[0].State != Archived {
		t.Errorf("listed %d, in the archive %d", len(listed), len(kept))
	}
	d = promise()
	d.State, d.Name = Archived, "Other"
	if err := h.apply(d); !errors.Is(err, errs.Conflict) {
		t.Errorf("changed in the archive: %v", err)
	}
}

func TestPiecesOfANamespaceDoNotOverlapWhileTheyRun(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		piece := func(key string, from, to float64) *Definition {
			d := promise()
			d.Key, d.Namespace = key, &Namespace{Name: "pages", From: from, To: to}
			return d
		}
		h.start(piece("first", 0, 0.5))
		err := h.apply(piece("second", 0.4, 1))
		if fields, _ := errs.AsFields(err); !errors.Is(err, errs.Conflict) || !strings.Contains(fields["namespace"], `"first"`) {
			t.Errorf("%v, want to be told of first", err)
		}
		h.start(piece("second", 0.5, 1))
		elsewhere := piece("third", 0, 1)
		elsewhere.Namespace.Name = "mails"
		h.start(elsewhere)
		for i := range 200 {
			id := fmt.Sprintf("v%d", i)
			first, err := h.Assign(ctx, "first", id, web.Visit{})
			h.must(err)
			second, err := h.Assign(ctx, "second", id, web.Visit{})
			h.must(err)
			if (first == "") == (second == "") {
				t.Fatalf("%s is in %q and %q", id, first, second)
			}
		}
		stopped := piece("first", 0, 0.5)
		stopped.State = Stopped
		h.must(h.apply(stopped))
		h.start(piece("fourth", 0, 0.3))
		if d := piece("fifth", 0.5, 0.5); d.Check() == nil {
			t.Error("an empty piece is taken")
		}
	})
}

func TestWhoIsNotOfTheAudienceIsNotCounted(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		d := promise()
		d.Audience = Audience{Devices: []string{"phone", "tablet"}, Traffic: []string{"ads"}, Languages: []string{"fa"}}
		h.start(d)
		from := web.Visit{Device: "phone", Channel: "ads", Language: "fa"}
		in := h.come(h.Service, "promise", 40, from)
		for _, other := range []web.Visit{{}, {Device: "desktop", Channel: "ads", Language: "fa"}, {Device: "phone", Channel: "email", Language: "fa"}, {Device: "phone", Channel: "ads", Language: "en"}} {
			for id, saw := range h.come(h.Service, "promise", 10, other) {
				if saw != "" {
					t.Errorf("%s sees %q with %+v", id, saw, other)
				}
			}
		}
		if r := h.report("promise"); r.Visitors() != 40 {
			t.Errorf("%d visitors, want the 40 it is for", r.Visitors())
		}
		for id, saw := range in { // they come again, straight
			if got, err := h.another(h.db).Assign(ctx, "promise", id, web.Visit{Device: "phone", Channel: "direct", Language: "fa"}); err != nil || got != saw {
				t.Fatalf("%s sees %q (%v), saw %q", id, got, err, saw)
			}
		}
	})
}

func TestSDKsAreToldOfAudienceAndNamespace(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	d := promise()
	d.Surface = surfaceAPI
	d.Audience = Audience{Devices: []string{"phone"}}
	d.Namespace = &Namespace{Name: "app", From: 0.25, To: 1}
	e := h.start(d)
	raw, err := json.Marshal(e.feature(nil))
	h.must(err)
	for _, want := range []string{`"condition":{"device":{"$in":["phone"]}}`, `"namespace":["app",0.25,1]`} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("%s lacks %s", raw, want)
		}
	}
}

func TestAWinnerThatBreaksAGuardrailIsNotAdvised(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	d := promise()
	d.Goals = []Goal{{Key: "left", Name: texts("Unsubscribed", "لغو عضویت"), Event: "Unsubscribed", Role: Guardrail, Better: Less}}
	e := h.start(d)
	h.visit(e, "a", 1000, 100)
	h.visit(e, "b", 1000, 200)
	for i := range 150 {
		left := submitted(int64(i+9000), fmt.Sprintf("visitor-%06d", 1001+i), h.time.Now())
		left.Name = "Unsubscribed"
		h.must(h.OnEvents(context.Background(), []*leads.Event{left}))
	}
	h.time.Advance(7 * day)
	h.evaluate()
	set, err := templates.New()
	h.must(err)
	r := h.report("promise")
	for lang, want := range map[i18n.Lang]string{i18n.English: "makes this worse: Unsubscribed", i18n.Persian: "بدتر می‌کند: لغو عضویت"} {
		l := set.Catalog().Locale(lang, time.UTC)
		if got := r.Advice(l); r.Verdict.Winner != "b" || !strings.Contains(got, want) || strings.Contains(got, "show “Four minutes” to everybody now") {
			t.Errorf("%s: %s", r.Verdict.Winner, got)
		}
	}
}

func TestScriptsMakeAndChangeExperiments(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		url := h.serve() + "/api/v1/experiments"
		const body = `{"key":"headline","name":"Headline","surface":"page","variants":[{"key":"a"},{"key":"b"}],"planned_visitors_per_arm":500,"planned_conversion_rate":0.1%s}`
		for _, c := range []struct {
			method, at, more string
			status           int
			says             string
		}{
			{"POST", "", `,"state":"running"`, 201, `"state":"running"`},
			{"POST", "", "", 409, "exists already"},
			{"PUT", "/headline", `,"state":"running","coverage":0.5`, 409, "coverage"},
			{"PUT", "/headline", `,"state":"paused","minimum_days":7`, 200, `"state":"paused"`},
			{"PUT", "/headline", `,"state":"running","minimum_days":7`, 200, `"notices":["was paused, and runs again: to keep the pause write state: paused"]`},
			{"PUT", "/other", "", 422, "key"},
			{"POST", "", `,"goals":[{"key":"x","kind":"value"}]`, 422, "goals[0].property"},
			{"POST", "", `,"colour":"red"`, 422, "colour"},
			{"PUT", "/zero", `,"key":"zero","coverage":0`, 422, `"coverage":`},
			{"PUT", "/zero", `,"key":"zero","alpha":0`, 422, `"alpha":`},
			{"PUT", "/zero", `,"key":"zero","minimum_effect":0`, 422, `"minimum_effect":`},
			{"PUT", "/zero", `,"key":"zero","planned_weeks":0`, 422, `"planned_weeks":`},
			{"PUT", "/zero", `,"key":"zero","goals":[{"key":"x","role":"primary"},{"key":"y","window":"soon"}]`, 422, `"goals[1].window":"This is no length of time`},
			{"PUT", "/zero", `,"key":"zero","goals":[{"key":"x","role":"primary","per_where":[]}]`, 422, `"goals[0].per_where":`},
			{"PUT", "/zero", `,"key":"zero","alpha":null,"coverage":null`, 200, `"alpha":0.05`},
		} {
			status, answer := h.send(c.method, url+c.at, fmt.Sprintf(body, c.more))
			if status != c.status || !strings.Contains(answer, c.says) {
				t.Errorf("%s %s%s: %d %s, want %d and %q", c.method, c.at, c.more, status, answer, c.status, c.says)
			}
		}
	})
}

func (h *house) send(method, url, body string) (status int, answer string) {
	h.t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	h.must(err)
	r.Header.Set("Content-Type", "application/json")
	return h.do(r)
}

func TestWeightsStayWhereOnlyAPartOfTheVisitorsTakesPart(t *testing.T) {
	h := open(t, testkit.Database{Dir: t.TempDir()})
	d := promise()
	d.Coverage = new(0.5)
	h.start(d)
	reweighed := *d
	reweighed.Variants = []Variant{{Key: "a", Weight: 10}, {Key: "b", Weight: 90}}
	if err := h.apply(&reweighed); !errors.Is(err, errs.Conflict) {
		t.Errorf("other weights at a coverage of a half: %v", err)
	}
	d.Coverage = new(1.0)
	h.must(h.apply(d))
	reweighed.Coverage = new(1.0)
	if err := h.apply(&reweighed); !errors.Is(err, errs.Conflict) {
		t.Errorf("other weights after a coverage of a half: %v", err)
	}
	earning := promise()
	earning.Mode, earning.Coverage = Earn, new(0.9)
	if err := earning.Check(); err == nil {
		t.Error("earning with a part of the visitors is taken")
	}
}

func TestACoverageWrittenInPerCentIsTheSame(t *testing.T) {
	h := open(t, testkit.Database{Dir: t.TempDir()})
	d := promise()
	d.Coverage = new(0.234)
	h.start(d)
	for _, same := range []float64{23.4 / 100, 0.2340000000000001} {
		d.Coverage, d.Name = &same, fmt.Sprint("Another name, ", same)
		h.must(h.apply(d))
		if e := h.find(d.Key); len(e.regimes) != 1 || *e.Definition.Coverage != 0.234 || e.Definition.Name != d.Name {
			t.Errorf("%v: %d regimes, coverage %v, name %q", same, len(e.regimes), *e.Definition.Coverage, e.Definition.Name)
		}
	}
}

func TestWhatIsDecidedIsNotPaused(t *testing.T) {
	h := open(t, testkit.Database{Dir: t.TempDir()})
	e := h.start(promise())
	h.live(e, 7, 160, 0.12, 0.2)
	d := promise()
	d.State = Paused
	if err := h.apply(d); !errors.Is(err, errs.Conflict) || h.find(d.Key).State() != Decided {
		t.Errorf("told %v, and it is %s", err, h.find(d.Key).State())
	}
}
