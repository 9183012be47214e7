package abtest

import (
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/templates"
)

func TestPlannedWeeksEndAnExperimentThatItsVisitorsDoNot(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		for _, whole := range []bool{true, false} {
			d := promise()
			d.Key = map[bool]string{true: "whole", false: "any-day"}[whole]
			d.PlannedVisitorsPerArm, d.PlannedConversions, d.PlannedConversionRate = 5000, 400, 0
			d.PlannedWeeks, d.WholeWeeks = new(2), &whole
			e := h.start(d)
			h.visit(e, "a", 600, 60)
			h.visit(e, "b", 600, 88)
			h.time.Advance(8 * day)
			h.evaluate()
			if r := h.report(d.Key); r.DecidedAt != nil {
				t.Fatalf("%+v before its end", r.Verdict)
			}
			// Nobody looks for a week, and what comes after the end is not of it.
			h.time.Advance(7 * day)
			h.visit(e, "a", 50, 40)
			h.time.Advance(2 * time.Hour)
			h.evaluate()
			r := h.report(d.Key)
			if r.State != Decided || r.Verdict.Winner != "b" || r.Verdict.Reason != stats.ReasonHorizon || !r.Verdict.ByCalendar {
				t.Fatalf("whole weeks %v: %s %+v", whole, r.State, r.Verdict)
			}
			if want := e.StartedAt.Add(14 * day); !r.DecidedAt.Equal(want) || !r.Plan.EndsAt.Equal(want) || r.Visitors() != 1200 {
				t.Errorf("decided at %v by %d visitors, want those of %v", r.DecidedAt, r.Visitors(), want)
			}
			set, err := templates.New()
			h.must(err)
			for lang, want := range map[i18n.Lang]string{
				i18n.English: "when the planned weeks were over, with 600 of the planned 5,000 visitors",
				i18n.Persian: "در پایان هفته‌های برنامه خوانده شد، با ۶۰۰ بازدیدکننده از ۵٬۰۰۰",
			} {
				if said := r.Advice(set.Catalog().Locale(lang, time.UTC)); !strings.Contains(said, want) {
					t.Errorf("advice %q does not say why it ended", said)
				}
			}
			stopped := *d
			stopped.State = Stopped
			h.must(h.apply(&stopped))
		}
	})
}

func TestAPlanSaysWhetherItCanShowWhatWouldMatter(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	d := promise()
	d.MinimumEffect = new(0.9)
	h.start(d)
	if p := h.report("promise").Plan; p.ShowsMinimum == nil || !*p.ShowsMinimum || *p.SmallestLift >= 0.9 {
		t.Errorf("%+v", p)
	}
	// With Holm's correction four variants show less than two.
	two := *h.report("promise").Plan.SmallestLift
	d = promise()
	d.Key, d.MinimumEffect = "four", new(0.1)
	d.Variants = append(d.Variants, Variant{Key: "c"}, Variant{Key: "d"})
	h.start(d)
	if p := h.report("four").Plan; p.ShowsMinimum == nil || *p.ShowsMinimum || *p.SmallestLift <= two {
		t.Errorf("%v of four variants, %v of two; %+v", *p.SmallestLift, two, p)
	}
	d = harvest()
	d.Key = "earning"
	h.start(d)
	if p := h.report("earning").Plan; p.SmallestLift != nil || p.ShowsMinimum != nil || p.EndsAt != nil {
		t.Errorf("%+v in earning mode", p)
	}
}
