package abtest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

func TestTheLibraryHoldsWhatEndedWithWhatItShowed(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		gallery(h)
		stopped := promise()
		stopped.Key, stopped.Name = "broken", "Another colour"
		stopped.State = Stopped
		h.must(h.apply(stopped))
		h.must(h.SetState(t.Context(), "stopped", Archived, "sara"))
		h.must(h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			for _, learnt := range []bool{true, false} {
				n := &Note{ExperimentID: h.find("winner").ID, At: h.time.Now(), Author: "sara@example.com", Body: fmt.Sprintf("Numbers convince: %v", learnt), Learnt: learnt}
				if _, err := tx.NewInsert().Model(n).ExcludeColumn("id").Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		}))
		lessons, err := h.Library(t.Context())
		h.must(err)
		found := map[string]*Lesson{}
		for _, l := range lessons {
			found[l.Key] = l
		}
		for key, want := range map[string]Outcome{"winner": OutcomeWon, "none": OutcomeNone, "broken": OutcomeBlocked, "stopped": OutcomeStopped} {
			if l := found[key]; l == nil || l.Outcome != want {
				t.Errorf("%s: %+v, want %s", key, l, want)
			}
		}
		if len(lessons) != 4 {
			t.Errorf("%d ended, want 4", len(lessons))
		}
		w := found["winner"]
		report := h.report("winner")
		if w.Winner != "b" || w.Lift == nil || *w.LiftLow <= -1 || *w.LiftLow >= *w.Lift || w.Visitors != report.Visitors() || len(w.Learnt) != 1 {
			t.Errorf("%+v; the figures are those that decided, %d visitors", w, report.Visitors())
		}
		if found["broken"].Lift != nil {
			t.Error("an experiment whose split was off shows a lift")
		}
		address := h.serve() + "/experiments/library"
		for path, want := range map[string][]string{
			"?lang=en":                 {"1 of 4 experiments found a better version", "A promise in four minutes", "“Four minutes” won", "Numbers convince: true", "Another colour", "A longer text"},
			"?lang=fa":                 {"۱ آزمایش از ۴ آزمایش", "«چهار دقیقه» برنده شد"},
			"?lang=en&outcome=stopped": {"A longer text"},
			"?lang=en&q=convince":      {"A promise in four minutes"},
			"?lang=en&q=nothing+here":  {"Nothing here is like that"},
		} {
			status, body := h.get(address + path)
			if status != 200 {
				t.Fatalf("%s: %d", path, status)
			}
			for _, sign := range want {
				if !strings.Contains(plainText(body), sign) {
					t.Errorf("%s does not say %q", path, sign)
				}
			}
			for _, sign := range []string{"⟦", "NaN", "Inf", "%!", "Numbers convince: false"} {
				if strings.Contains(body, sign) {
					t.Errorf("%s shows %q", path, sign)
				}
			}
			if strings.Contains(path, "outcome=stopped") && strings.Contains(body, "Another colour") {
				t.Error("another outcome is listed")
			}
		}
	})
}

// plainText is a page without the marks that isolate text of another direction.
func plainText(body string) string {
	return strings.NewReplacer("\u2068", "", "\u2069", "", "\u200e", "").Replace(body)
}

func TestTheLibraryAndTheReportShowOneInterval(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		for _, minimum := range []int{7, 60} { // decided after a week, or never and then stopped
			d := promise()
			d.Key, d.PlannedVisitorsPerArm, d.MinimumDays = fmt.Sprintf("after-%d", minimum), 4000, &minimum
			e := h.start(d)
			for day := range 7 { // the difference is largest on the first days
				h.visit(e, "a", 200, 20)
				h.visit(e, "b", 200, 20+max(5, 30-6*day))
				h.time.Advance(24 * time.Hour)
				h.evaluate()
			}
			if minimum > 7 {
				stopped := *d
				stopped.State = Stopped
				h.must(h.apply(&stopped))
			}
			lessons, err := h.Library(t.Context())
			h.must(err)
			r := h.report(d.Key)
			last := r.Looks[len(r.Looks)-1]
			want := r.left("b")[last]
			if l := lessons[0]; l.Key != d.Key || last.Decisive != (minimum == 7) || l.LiftLow == nil || l.LiftHigh == nil || *l.LiftLow != want.Lo-1 || *l.LiftHigh != want.Hi-1 {
				t.Fatalf("%+v, want %+v", l, want)
			}
			if single := last.Analysis.Comparisons[0].RateRatio; want == single {
				t.Errorf("%s: the last look alone says %+v too, which shows nothing", d.Key, single)
			}
		}
	})
}

func TestWhatStoppedIsCountedAtItsStopWithALookOrWithout(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		d := promise()
		e := h.start(d)
		h.visit(e, "a", 40, 4)
		h.visit(e, "b", 41, 5)
		stopped := *d
		stopped.State = Stopped
		h.must(h.apply(&stopped))
		d = promise()
		d.Key = "looked"
		e = h.start(d)
		h.visit(e, "a", 30, 3)
		h.evaluate()
		h.visit(e, "b", 30, 3) // after the last look
		stopped = *d
		stopped.State = Stopped
		h.must(h.apply(&stopped))
		lessons, err := h.Library(t.Context())
		h.must(err)
		for _, l := range lessons {
			r := h.report(l.Key)
			if l.Visitors != r.Visitors() || l.Conversions != r.Conversions() || l.Visitors < 60 {
				t.Errorf("%s: %d of %d, and its report %d of %d", l.Key, l.Conversions, l.Visitors, r.Conversions(), r.Visitors())
			}
		}
		if len(lessons) != 2 {
			t.Errorf("%d lessons, want 2", len(lessons))
		}
		h.reads(h.serve()+"/experiments/library?lang=en", []string{"81 visitors", "60 visitors"}, []string{" 0 visitors"})
	})
}

func TestAHoldOutStandsWithTheExperimentThatItFollows(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(promise())
		h.visit(e, "a", 10, 1)
		for range 2 { // the second hold-out has a key of its own
			h.must(h.RollOut(t.Context(), "promise", "b", 0.1, "Sara"))
			h.must(h.TakeBack(t.Context(), "promise", "Sara"))
		}
		lessons, err := h.Library(t.Context())
		h.must(err)
		if len(lessons) != 1 || fmt.Sprint(lessons[0].holdouts) != "[promise-holdout-2 promise-holdout]" {
			t.Fatalf("%+v", lessons)
		}
		h.reads(h.serve()+"/experiments/library?lang=en", []string{"A hold-out stands with", `href="/experiments/promise-holdout"`, `href="/experiments/promise-holdout-2"`}, nil)
	})
}

func TestAnEmptyLibraryLeadsToPlanning(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	if status, body := h.get(h.serve() + "/experiments/library?lang=en"); status != 200 || !strings.Contains(body, "No experiment has ended yet") || !strings.Contains(body, "/experiments/plan") {
		t.Errorf("%d", status)
	}
}

func TestTheListIsNarrowedByStateAndName(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	gallery(h)
	h.must(h.SetState(t.Context(), "running", Paused, "sara"))
	h.must(h.SetState(t.Context(), "stopped", Archived, "sara"))
	address := h.serve() + "/experiments"
	for query, want := range map[string]string{
		"?lang=en&state=draft":                 "draft",
		"?lang=en&state=paused":                "running",
		"?lang=en&state=archived":              "stopped",
		"?lang=en&q=DELIVERY":                  "none",
		"?lang=en&q=words&state=paused":        "running",
		"?lang=en&q=sara&state=draft":          "",
		"?lang=en&q=four+headlines&state=nope": "many",
	} {
		_, body := h.get(address + query)
		var got []string
		for _, key := range []string{"draft", "fresh", "winner", "none", "broken", "stopped", "many", "running"} {
			if strings.Contains(body, `href="/experiments/`+key+`"`) {
				got = append(got, key)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s lists %v, want %s", query, got, want)
		}
		if want == "" && !strings.Contains(body, "No experiment is like that") {
			t.Error("an empty answer says nothing")
		}
	}
}

func TestKeysThatAreAddressesOfPagesAreRefused(t *testing.T) {
	for _, key := range addresses {
		d := promise()
		d.Key = key
		if err := d.Check(); err == nil || !strings.Contains(err.Error(), "address of a page") {
			t.Errorf("%s: %v", key, err)
		}
	}
}
