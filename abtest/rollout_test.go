package abtest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/templates"
)

// shown counts what so many visitors see, whom nobody knows.
func (h *house) shown(key string, n int) map[string]int {
	h.t.Helper()
	got := map[string]int{}
	for i := range n {
		v, err := h.Assign(h.t.Context(), key, fmt.Sprintf("someone-%d", i), web.Visit{Device: "phone"})
		h.must(err)
		got[v]++
	}
	return got
}

func TestARolledOutVersionIsWhatEverybodySeesUntilItIsTakenBack(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(promise())
		h.visit(e, "a", 10, 1)
		for range 2 { // a double click
			h.must(h.RollOut(t.Context(), "promise", "b", 0, "Sara"))
		}
		if got := h.shown("promise", 200); got["b"] != 200 {
			t.Errorf("shown %v, want b alone", got)
		}
		r := h.report("promise")
		if r.State != Stopped || r.Rollout == nil || r.Rollout.Variant != "b" || r.Rollout.By != "Sara" || r.Rollout.Holdout != "" {
			t.Errorf("state %s, rollout %+v", r.State, r.Rollout)
		}
		h.must(h.Expose(t.Context(), "promise", "b", "late", web.Visit{}))
		if r := h.report("promise"); counts(r.Arms) != "a 1/10 b 0/0 " {
			t.Errorf("counted after the end: %s", counts(r.Arms))
		}
		if err := h.RollOut(t.Context(), "promise", "a", 0, "Sara"); !errors.Is(err, errs.Conflict) {
			t.Errorf("another version over it: %v", err)
		}
		h.must(h.TakeBack(t.Context(), "promise", "Sara"))
		if got := h.shown("promise", 200); got[""] != 200 {
			t.Errorf("taken back, and shown %v; want the first version, since it ended without a verdict", got)
		}
	})
}

func TestAHoldOutSeesControlAndIsMeasured(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		h.start(promise())
		h.must(h.RollOut(t.Context(), "promise", "b", 0.1, "Sara"))
		got := h.shown("promise", 2000)
		if got["a"]+got["b"] != 2000 || got["a"] < 150 || got["a"] > 250 {
			t.Errorf("shown %v, want a tenth to see a", got)
		}
		if again := h.shown("promise", 2000); fmt.Sprint(again) != fmt.Sprint(got) {
			t.Errorf("shown %v and then %v", got, again)
		}
		for i := range 300 {
			id := fmt.Sprintf("someone-%d", i)
			v, err := h.Assign(t.Context(), "promise", id, web.Visit{})
			h.must(err)
			h.must(h.Expose(t.Context(), "promise", v, id, web.Visit{}))
		}
		held := h.report("promise-holdout")
		if held.HoldoutOf != "promise" || held.Visitors() != 300 || held.Arms[0].Key != "a" || held.Arms[0].Share != 0.1 || !held.SRM.OK {
			t.Errorf("the hold-out: %+v of %q, split %+v", held.Arms, held.HoldoutOf, held.SRM)
		}
		if r := h.report("promise"); r.Rollout.Holdout != "promise-holdout" || r.Visitors() != 0 {
			t.Errorf("the experiment before: %+v with %d visitors", r.Rollout, r.Visitors())
		}
		if err := h.RollOut(t.Context(), "promise-holdout", "b", 0, "Sara"); !errors.Is(err, errs.Conflict) {
			t.Errorf("a hold-out rolled out: %v", err)
		}
		d := held.definition(h)
		d.State = Stopped
		h.must(h.apply(d))
		h.time.Advance(2 * time.Second)
		if got := h.shown("promise", 200); got["b"] != 200 {
			t.Errorf("the hold-out is over, and shown %v; want b", got)
		}
		h.must(h.TakeBack(t.Context(), "promise", "Sara"))
		h.must(h.RollOut(t.Context(), "promise", "b", 0.05, "Sara"))
		if r := h.report("promise"); r.Rollout.Holdout != "promise-holdout-2" {
			t.Errorf("the second hold-out is %q", r.Rollout.Holdout)
		}
	})
}

func (r *Report) definition(h *house) *Definition {
	d := h.find(r.Key).Definition
	return &d
}

func TestARollOutStaysWithItsAudience(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		d := promise()
		d.Audience = Audience{Devices: []string{"phone"}}
		h.start(d)
		h.must(h.RollOut(t.Context(), "promise", "b", 0, "Sara"))
		for device, want := range map[string]string{"phone": "b", "desktop": ""} {
			if v, err := h.Assign(t.Context(), "promise", "someone", web.Visit{Device: device}); err != nil || v != want {
				t.Errorf("on a %s %q, %v; want %q", device, v, err, want)
			}
		}
	})
}

func TestARollOutThatMakesNoSenseNamesItsField(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		draft := promise()
		draft.State = Draft
		h.start(draft)
		if err := h.RollOut(t.Context(), "promise", "b", 0, "Sara"); !errors.Is(err, errs.Conflict) {
			t.Errorf("a draft: %v", err)
		}
		h.start(promise())
		for field, err := range map[string]error{
			"variant":   h.RollOut(t.Context(), "promise", "c", 0, "Sara"),
			"hold_back": h.RollOut(t.Context(), "promise", "b", 0.9, "Sara"),
		} {
			if bad, ok := errs.AsFields(err); !ok || bad[field] == "" {
				t.Errorf("%s: %v", field, err)
			}
		}
		if bad, ok := errs.AsFields(h.RollOut(t.Context(), "promise", "a", 0.1, "Sara")); !ok || bad["hold_back"] == "" {
			t.Error("control against itself is taken")
		}
		if err := h.RollOut(t.Context(), "nothing", "b", 0, "Sara"); !errors.Is(err, errs.NotFound) {
			t.Errorf("of nothing: %v", err)
		}
	})
}

func TestTheWinnerIsOneButtonAwayFromItsReport(t *testing.T) {
	h := open(t, testkit.Database{Dir: t.TempDir()})
	e := h.start(promise())
	h.live(e, 7, 160, 0.12, 0.2)
	at := h.serve()
	page := at + "/experiments/promise"
	if _, body := h.get(page); !strings.Contains(body, "Show “Four minutes” to everybody") {
		t.Error("the report of a winner does not offer to show it to everybody")
	}
	if _, body := h.get(page + "/roll-out"); !strings.Contains(body, `value="b" required checked`) {
		t.Error("the winner is not what is chosen")
	}
	if status, body, _ := h.submit(page+"/roll-out", url.Values{"variant": {"b"}, "hold_back": {"lots"}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, "from 0 to 0.5") {
		t.Errorf("a share that is none: %d", status)
	}
	if status, _, location := h.submit(page+"/roll-out", url.Values{"variant": {"b"}, "hold_back": {"5"}}); status != http.StatusSeeOther || location != "/experiments/promise" {
		t.Fatalf("answered %d, to %q", status, location)
	}
	if _, body := h.get(page); !strings.Contains(body, "Everybody sees “Four minutes” since") || !strings.Contains(body, "sara@example.com") || !strings.Contains(body, "/experiments/promise-holdout") {
		t.Error("the report does not say what everybody sees")
	}
	if _, body := h.get(at + "/experiments/promise-holdout"); !strings.Contains(body, "A hold-out") {
		t.Error("the hold-out does not say what it is")
	}
	if status, _, _ := h.submit(page+"/take-back", nil); status != http.StatusSeeOther {
		t.Errorf("taking it back: %d", status)
	}
	if got := h.find("promise-holdout").State(); got != Stopped {
		t.Errorf("the hold-out of what was taken back is %s", got)
	}
}

func TestAStoppedHoldOutSaysNothingOfTheFirstVersion(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.live(h.start(promise()), 7, 160, 0.12, 0.2)
	h.must(h.RollOut(t.Context(), "promise", "b", 0.1, "Sara"))
	h.must(h.TakeBack(t.Context(), "promise", "Sara"))
	if got := h.shown("promise", 200); got["a"] == 0 || got["b"] == 0 {
		t.Fatalf("shown %v; a decided experiment goes on with its split", got)
	}
	page := h.serve() + "/experiments/promise-holdout"
	h.reads(page+"?lang=en", []string{"Nobody is held back any more", "A hold-out that has ended"}, []string{"Everybody sees the first version again", "still sees the original"})
	h.reads(page+"?lang=fa", []string{"دیگر کسی در گروه شاهد نیست"}, []string{"همه دوباره نسخهٔ نخست را می‌بینند"})
}

func TestWhatIsRolledOutWithoutAVerdictIsSaidToBeShown(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.start(promise())
	h.must(h.RollOut(t.Context(), "promise", "b", 0, "Sara"))
	h.reads(h.serve()+"/experiments/promise?lang=en", []string{"“Four minutes” is shown to everybody."}, []string{"Everybody sees the first version again"})
}

func TestAWinnerThatBreaksAGuardrailIsNoGreenLight(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	e := h.start(promise())
	h.live(e, 7, 160, 0.12, 0.2)
	r := h.report("promise")
	if tone, icon := r.look(); tone != "good" || icon != "check" || !(reportPage{Report: r}).offers(h) {
		t.Errorf("a winner that harms nothing is %s with %s", tone, icon)
	}
	r.Goals = append(r.Goals, GoalReport{Goal: Goal{Key: "unsubscribed", Role: Guardrail}, Harmed: []string{"b"}})
	if tone, icon := r.look(); tone != "warn" || icon != "warning" || (reportPage{Report: r}).offers(h) {
		t.Errorf("a winner that breaks a guardrail is %s with %s", tone, icon)
	}
}

// offers reports whether the page offers the winner as what to do next.
func (d reportPage) offers(h *house) bool {
	h.t.Helper()
	set, err := templates.New()
	h.must(err)
	d.Locale = set.Catalog().Locale(i18n.English, time.UTC)
	return d.Rollout().Strong
}

func TestAHoldOutThatIsDecidedSaysWhatToDo(t *testing.T) {
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	l := set.Catalog().Locale(i18n.English, time.UTC)
	for rates, want := range map[[2]float64]string{{0.1, 0.2}: "keeps its promise", {0.2, 0.1}: "take the roll-out back"} {
		h := open(t, testkit.Database{Dir: t.TempDir()})
		h.start(promise())
		h.must(h.RollOut(t.Context(), "promise", "b", 0.5, "Sara"))
		h.live(h.find("promise-holdout"), 7, 160, rates[0], rates[1])
		if got := h.report("promise-holdout").Advice(l); !strings.Contains(got, want) {
			t.Errorf("at %v: %s", rates, got)
		}
	}
}
