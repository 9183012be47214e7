package abtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
)

// decisions is how many verdicts the history of events has.
func (h *house) decisions() int {
	h.t.Helper()
	n, err := h.db.Read().NewSelect().Model((*leads.Event)(nil)).Where("name = ?", leads.EventExperimentDecided).Count(context.Background())
	h.must(err)
	return int(n)
}

func TestPeekingDoesNotFlipAVerdict(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(promise())
		for d := range 7 {
			h.visit(e, "a", 50, 3)
			h.visit(e, "b", 50, 13)
			h.time.Advance(24 * time.Hour)
			r := h.report("promise") // somebody looks every morning
			if d < 6 && final(r.Verdict) {
				t.Fatalf("day %d: %+v before the minimum of days", d+1, r.Verdict)
			}
		}
		decided := h.report("promise")
		if decided.State != Decided || decided.Verdict.Winner != "b" || decided.Verdict.Reason != stats.ReasonSequential {
			t.Fatalf("%s %+v, want b to win before the planned end", decided.State, decided.Verdict)
		}
		if decided.PValue == nil || *decided.PValue > 0.01 {
			t.Errorf("p %v, want the one that decided", decided.PValue)
		}
		// Then a's luck turns: what was read stays read.
		h.visit(e, "a", 600, 200)
		h.visit(e, "b", 600, 60)
		for range 3 {
			h.time.Advance(24 * time.Hour)
			h.evaluate()
		}
		r := h.report("promise")
		if r.Verdict.Winner != "b" || counts(r.Arms) != counts(decided.Arms) || *r.PValue != *decided.PValue || !r.DecidedAt.Equal(*decided.DecidedAt) {
			t.Errorf("%+v %s, want the verdict and the figures of then: %s", r.Verdict, counts(r.Arms), counts(decided.Arms))
		}
		if got := counts(r.Latest); got != "a 221/950 b 151/950 " {
			t.Errorf("until now %s, want everybody", got)
		}
		if len(r.Looks) != len(decided.Looks) || h.decisions() != 1 {
			t.Errorf("%d looks, had %d; %d verdicts in the history", len(r.Looks), len(decided.Looks), h.decisions())
		}
		if v, err := h.Assign(context.Background(), "promise", "anybody", web.Visit{}); err != nil || v == "" {
			t.Errorf("after the verdict a visitor sees %q (%v), want their variant", v, err)
		}
	})
}

func TestTheSmallestPOfAllLooksStands(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(promise())
		h.visit(e, "a", 100, 5)
		h.visit(e, "b", 100, 16)
		h.time.Advance(24 * time.Hour)
		h.evaluate()
		first := *h.report("promise").PValue
		h.visit(e, "a", 100, 12)
		h.time.Advance(24 * time.Hour)
		h.evaluate()
		r := h.report("promise")
		if first >= 1 || *r.PValue != first || r.Looks[1].P != first || r.Looks[1].LogE >= r.Looks[0].LogE {
			t.Errorf("p %v after %v; looks %+v", *r.PValue, first, r.Looks)
		}
	})
}

func TestThePlannedEndIsReadOnce(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(promise())
		h.visit(e, "a", 1000, 120)
		h.visit(e, "b", 1000, 130)
		h.time.Advance(9 * 24 * time.Hour)
		h.evaluate()
		// The week's end, day 7, was made up for: the plan was full by then.
		r := h.report("promise")
		if r.State != Decided || r.Verdict.State != stats.StateNoDifference || r.Verdict.Reason != stats.ReasonNotSignificant || r.Verdict.Winner != "" {
			t.Fatalf("%s %+v, want no difference", r.State, r.Verdict)
		}
		if want := e.StartedAt.Add(7 * 24 * time.Hour); !r.DecidedAt.Equal(want) {
			t.Errorf("decided by the figures of %v, want those of %v", r.DecidedAt, want)
		}
		if p := r.Comparisons[0].HorizonP; r.PValue == nil || p == nil || *r.PValue != *p {
			t.Errorf("p %v, want that of the planned end, %v", r.PValue, p)
		}
		h.visit(e, "b", 300, 250)
		for range 8 {
			h.time.Advance(24 * time.Hour)
			h.evaluate()
		}
		again := h.report("promise")
		if again.Verdict.State != stats.StateNoDifference || counts(again.Arms) != counts(r.Arms) || h.decisions() != 1 {
			t.Errorf("%+v %s after more visitors, want what was read once", again.Verdict, counts(again.Arms))
		}
	})
}

func TestAWinnerAtThePlannedEnd(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(promise())
		h.visit(e, "a", 1000, 120)
		h.visit(e, "b", 1000, 152)
		h.time.Advance(7*24*time.Hour + time.Hour)
		h.evaluate()
		r := h.report("promise")
		if r.Verdict.Winner != "b" || r.Verdict.Reason != stats.ReasonHorizon || h.find("promise").Winner != "b" {
			t.Errorf("%+v, want b by the reading at the planned end", r.Verdict)
		}
	})
}

func TestTheFiguresOfAWeekAreThoseOfItsEnd(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(promise())
		h.visit(e, "a", 300, 20)
		h.visit(e, "b", 300, 22)
		h.time.Advance(10 * 24 * time.Hour)
		h.visit(e, "a", 50, 5)
		h.visit(e, "b", 50, 5)
		h.evaluate()
		looks := h.report("promise").Looks
		if len(looks) != 2 || looks[0].Visitors != 600 || looks[1].Visitors != 700 ||
			looks[0].At.Sub(e.StartedAt) != 7*24*time.Hour || looks[1].Reason != stats.ReasonMidWeek {
			for _, l := range looks {
				t.Errorf("%v: %d visitors, %s", l.At.Sub(e.StartedAt), l.Visitors, l.Reason)
			}
		}
	})
}

func TestAReportSaysNoVerdictThatIsNotStored(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		d := promise()
		none, weeks := 0, false
		d.MinimumDays, d.WholeWeeks = &none, &weeks
		e := h.start(d)
		h.visit(e, "a", 100, 2)
		h.visit(e, "b", 100, 30)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				r, err := h.Report(context.Background(), "promise")
				if err != nil || r.State != Decided || r.Verdict.Winner != "b" {
					t.Errorf("%+v (%v), want b, decided", r, err)
				}
			})
		}
		wg.Wait()
		if r := h.report("promise"); len(r.Looks) != 1 || !r.Looks[0].Decisive || h.decisions() != 1 || len(r.Verdict.Lowered) != 2 {
			t.Errorf("%d looks, %d verdicts, lowered %v; want one look, and told what was lowered", len(r.Looks), h.decisions(), r.Verdict.Lowered)
		}
	})
}

func TestABrokenSplitBlocksTheVerdict(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	e := h.start(promise())
	h.visit(e, "a", 1400, 100)
	h.visit(e, "b", 1000, 200)
	h.time.Advance(7 * 24 * time.Hour)
	h.evaluate()
	if r := h.report("promise"); r.State != Running || r.Verdict.State != stats.StateBlocked || r.SRM.OK {
		t.Errorf("%s %+v, want it blocked", r.State, r.Verdict)
	}
}

func TestAClockThatGoesBackIsNotLookedAt(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	e := h.start(promise())
	last := Look{ID: 1, At: e.StartedAt.Add(time.Hour)}
	if got := e.moments(last, e.StartedAt); len(got) != 0 {
		t.Errorf("looks at %v", got)
	}
	if e.days(e.StartedAt.Add(-time.Hour)) != 0 {
		t.Error("days before the start")
	}
}

func TestWhatAVerdictRestsOnCannotChangeOnceStarted(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(promise())
		weeks, one, few := false, 1, int64(5)
		for field, change := range map[string]func(d *Definition){
			"variants":                 func(d *Definition) { d.Variants[1].Key = "c" },
			"alpha":                    func(d *Definition) { d.Alpha = new(0.1) },
			"planned_visitors_per_arm": func(d *Definition) { d.PlannedVisitorsPerArm = 10 },
			"planned_conversion_rate":  func(d *Definition) { d.PlannedConversionRate = 0.5 },
			"planned_conversions":      func(d *Definition) { d.PlannedConversionRate, d.PlannedConversions = 0, 17 },
			"goal":                     func(d *Definition) { d.Goal.Where["form"] = "other" },
			"coverage":                 func(d *Definition) { d.Coverage = new(0.5) },
			"audience":                 func(d *Definition) { d.Audience.Devices = []string{"phone"} },
			"namespace":                func(d *Definition) { d.Namespace = &Namespace{Name: "pages", To: 0.5} },
			"minimum_effect":           func(d *Definition) { d.MinimumEffect = new(0.1) },
			"planned_weeks":            func(d *Definition) { d.PlannedWeeks = new(3) },
			"surface":                  func(d *Definition) { d.Surface = "form" },
			"minimum_days":             func(d *Definition) { d.MinimumDays = &one },
			"minimum_conversions":      func(d *Definition) { d.MinimumConversions = &few },
			"whole_weeks":              func(d *Definition) { d.WholeWeeks = &weeks },
			"state":                    func(d *Definition) { d.State = Draft },
		} {
			d := promise()
			change(d)
			err := h.apply(d)
			fields, _ := errs.AsFields(err)
			if !errors.Is(err, errs.Conflict) || fields[field] == "" {
				t.Errorf("%s: %v, want a conflict that names it", field, err)
			}
		}
		d := promise()
		// Said in other words, it is the same.
		d.Name, d.Hypothesis, d.Alpha, d.Coverage = "Other", texts("x", "y"), new(0.05), new(1.0)
		d.Variants[0].Weight, d.Variants[1].Weight = 50, 50
		d.Variants[1].Name = texts("Quick", "سریع")
		d.Goal.Event = leads.EventFormSubmitted
		d.PlannedConversions, d.PlannedConversionRate = 240, 0
		h.must(h.apply(d))
		after := h.find("promise")
		if after.Definition.Name != "Other" || !after.StartedAt.Equal(e.StartedAt) || after.Kappa != e.Kappa || after.Seed != e.Seed {
			t.Errorf("%+v", after)
		}
	})
}

func TestApplyingTheSameAgainChangesNothing(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(promise())
		h.time.Advance(time.Hour)
		h.must(h.apply(promise()))
		if after := h.find("promise"); !after.UpdatedAt.Equal(e.UpdatedAt) {
			t.Error("it was written again")
		}
	})
}

func TestAStoppedExperimentShowsTheFirstVersionAndStaysStopped(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h, ctx := open(t, base), context.Background()
		e := h.start(promise())
		h.visit(e, "a", 300, 10)
		h.visit(e, "b", 300, 60)
		h.time.Advance(3 * 24 * time.Hour)
		d := promise()
		d.State = Stopped
		h.must(h.apply(d))
		if v, err := h.Assign(ctx, "promise", "anybody", web.Visit{}); err != nil || v != "" {
			t.Errorf("a visitor sees %q (%v), want no variant", v, err)
		}
		h.must(h.Expose(ctx, "promise", "a", "late", web.Visit{}))
		h.time.Advance(14 * 24 * time.Hour)
		h.evaluate()
		r := h.report("promise")
		if r.State != Stopped || r.DecidedAt != nil || final(r.Verdict) || r.Verdict.Reason != ReasonStopped || r.Visitors() != 600 || r.Days != 3 {
			t.Errorf("%s after %d days, %+v, %d visitors", r.State, r.Days, r.Verdict, r.Visitors())
		}
		if err := h.apply(promise()); !errors.Is(err, errs.Conflict) {
			t.Errorf("started again: %v", err)
		}
	})
}

func TestStoppingADecidedExperimentKeepsEverybodysVariant(t *testing.T) {
	h, ctx := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()}), context.Background()
	e := h.start(promise())
	h.visit(e, "a", 1000, 100)
	h.visit(e, "b", 1000, 160)
	h.time.Advance(7 * 24 * time.Hour)
	h.evaluate()
	d := promise()
	d.State = Stopped
	h.must(h.apply(d))
	v, err := h.Assign(ctx, "promise", "anybody", web.Visit{})
	if r := h.report("promise"); err != nil || v == "" || r.Verdict.Winner != "b" || r.DecidedAt == nil || r.State != Stopped {
		t.Errorf("%q (%v), %s %+v", v, err, r.State, r.Verdict)
	}
}

func TestAReportOfNothingIsNullAndNeverNaN(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		draft := promise()
		draft.Key, draft.State = "draft", Draft
		h.start(draft)
		h.start(promise())
		for _, key := range []string{"draft", "promise"} {
			raw, err := json.Marshal(h.report(key))
			h.must(err)
			text := string(raw)
			if strings.Contains(text, "NaN") || strings.Contains(text, "Inf") || !strings.Contains(text, `"p_value":null`) || !strings.Contains(text, `"rate":null`) {
				t.Errorf("%s: %s", key, text)
			}
		}
		h.evaluate()
		if r := h.report("promise"); len(r.Looks) != 1 || r.Looks[0].P != 1 {
			t.Errorf("looks at nobody: %+v", r.Looks)
		}
	})
}

func TestABadExperimentIsRefused(t *testing.T) {
	for field, change := range map[string]func(d *Definition){
		"variants[1].key":         func(d *Definition) { d.Variants[1].Key = "a" },
		"variants":                func(d *Definition) { d.Variants[1].Weight = 2 },
		"planned_conversion_rate": func(d *Definition) { d.PlannedConversionRate = 0 },
		"planned_conversions":     func(d *Definition) { d.PlannedConversionRate, d.PlannedConversions = 0, 2001 },
		"goal.where":              func(d *Definition) { d.Goal.Where = map[string]any{"total": map[string]any{"about": 3}} },
	} {
		d := promise()
		change(d)
		if fields, _ := errs.AsFields(d.Check()); fields[field] == "" {
			t.Errorf("%s: %v", field, d.Check())
		}
	}
	if err := promise().Check(); err != nil {
		t.Error(err)
	}
}

func TestFiveArmsAreEachComparedWithControl(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	d := promise()
	d.Variants = nil
	for i := range 5 {
		d.Variants = append(d.Variants, Variant{Key: fmt.Sprintf("v%d", i)})
	}
	e := h.start(d)
	for i, conversions := range []int{100, 104, 96, 180, 101} {
		h.visit(e, d.Variants[i].Key, 1000, conversions)
	}
	h.time.Advance(7 * 24 * time.Hour)
	h.evaluate()
	r := h.report("promise")
	if r.Verdict.Winner != "v3" || len(r.Comparisons) != 4 {
		t.Errorf("%+v, %d comparisons", r.Verdict, len(r.Comparisons))
	}
}

func TestNoVerdictIsReadWhileConversionsAreStillOnTheWay(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(promise())
		h.visit(e, "a", 1000, 100)
		h.visit(e, "b", 1000, 100)
		// After an outage, what people did lies in the outbox when the clock has gone on.
		h.must(h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			return h.leads.Record(ctx, tx, submitted(1, "visitor-000999", h.time.Now()))
		}))
		h.time.Advance(15 * day)
		h.evaluate()
		if r := h.report("promise"); len(r.Looks) != 0 || r.DecidedAt != nil {
			t.Fatalf("%d looks, decided %v, with conversions on the way", len(r.Looks), r.DecidedAt)
		}
		if _, err := h.db.SQL().Exec("DELETE FROM jobs"); err != nil { // they have been offered
			t.Fatal(err)
		}
		h.evaluate()
		if r := h.report("promise"); r.DecidedAt == nil {
			t.Error("no verdict once everything is counted")
		}
	})
}

func TestNoVerdictIsReadWhileWhatLeadsDidIsOnTheWay(t *testing.T) {
	h := open(t, testkit.Database{Dir: t.TempDir()})
	e := h.start(promise())
	h.visit(e, "a", 1000, 100)
	h.visit(e, "b", 1000, 100)
	lead, err := h.upsert("sara@example.com")
	h.must(err)
	h.must(h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
		order := ordered(1, "", h.time.Now(), 5.0)
		order.LeadID = lead
		return h.leads.Record(ctx, tx, order)
	}))
	h.time.Advance(15 * day)
	h.evaluate()
	if r := h.report("promise"); len(r.Looks) != 0 || r.DecidedAt != nil {
		t.Errorf("%d looks, decided %v, with an order on the way that names its lead alone", len(r.Looks), r.DecidedAt)
	}
}
