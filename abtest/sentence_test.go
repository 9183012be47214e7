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

// says compares the sentence of a report in both languages.
func (h *house) says(key, en, fa string) {
	h.t.Helper()
	set, err := templates.New()
	h.must(err)
	r := h.report(key)
	for lang, want := range map[i18n.Lang]string{i18n.English: en, i18n.Persian: fa} {
		l := set.Catalog().Locale(lang, time.UTC)
		if got := r.Sentence(l); got != want {
			h.t.Errorf("%s, %s: %q, want %q", key, r.Verdict.Reason, got, want)
		}
		if got := r.Advice(l); got == "" || strings.Contains(got, "⟦") {
			h.t.Errorf("%s: advice %q", key, got)
		}
	}
}

func TestAHeadlineNeverDeniesTheDifferenceBelowIt(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	none, weeks := 10, false
	days := promise()
	days.Key, days.MinimumDays, days.WholeWeeks = "days", &none, &weeks
	late := promise()
	late.Key, late.MinimumDays = "late", &none
	many := promise()
	many.Key = "many"
	many.Variants = append(many.Variants, Variant{Key: "c"})
	started := map[string]*Experiment{}
	for _, d := range []*Definition{promise(), days, late, many} {
		started[d.Key] = h.start(d)
	}
	h.time.Advance(2 * 24 * time.Hour) // started on 2 November
	for _, key := range []string{"promise", "days", "late", "many"} {
		h.visit(started[key], "a", 300, 30)
		h.visit(started[key], "b", 300, 32)
	}
	h.visit(started["many"], "c", 300, 30)
	early, fa := "Too early to say: 2 of at least 7 days are over.", "هنوز زود است: ۲ روز از دست‌کم ۷ روز گذشته است."
	h.says("promise", early, fa)
	h.says("many", early, fa)
	for _, key := range []string{"promise", "days", "late"} {
		h.visit(started[key], "a", 300, 10)
		h.visit(started[key], "b", 300, 120)
	}
	// Losing variants are a verdict only when all of them lose.
	h.visit(started["many"], "a", 600, 200)
	h.visit(started["many"], "b", 600, 20)
	h.visit(started["many"], "c", 600, 198)
	if r := h.report("promise"); r.Verdict.Reason != stats.ReasonEarly || *r.PValue > 0.001 {
		t.Fatalf("%+v, p %v: want a difference, too early", r.Verdict, *r.PValue)
	}
	week := "A difference shows; it will be confirmed when the week is over, on "
	h.says("promise", week+"9 Nov.", "تفاوتی دیده می‌شود؛ با پایان هفته، ۱۸ آبان، تأیید می‌شود.")
	h.says("late", week+"16 Nov.", "تفاوتی دیده می‌شود؛ با پایان هفته، ۲۵ آبان، تأیید می‌شود.")
	h.says("days", "A difference shows; it will be confirmed when 10 days are over, on 12 Nov.", "تفاوتی دیده می‌شود؛ پس از ۱۰ روز، ۲۱ آبان، تأیید می‌شود.")
	h.says("many", "One version does worse than the original; none has proved better yet.", "یکی از نسخه‌ها از نسخهٔ اصلی بدتر است؛ هنوز برتری هیچ‌کدام روشن نشده است.")
	h.time.Advance(7*24*time.Hour + time.Hour) // a day into the second week
	h.evaluate()
	if r := h.report("late"); r.Verdict.Reason != stats.ReasonEarly {
		t.Errorf("%+v", r.Verdict)
	}
	h.says("late", week+"16 Nov.", "تفاوتی دیده می‌شود؛ با پایان هفته، ۲۵ آبان، تأیید می‌شود.")
}

func TestMidweekADifferenceIsSaidAndNoneIsDenied(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	e := h.start(promise())
	h.visit(e, "a", 300, 30)
	h.visit(e, "b", 300, 33)
	h.time.Advance(9 * 24 * time.Hour)
	h.evaluate()
	h.says("promise", "No difference has shown yet; the next verdict is read when the week is over, on 16 Nov.",
		"هنوز تفاوتی آشکار نشده است؛ نتیجهٔ بعدی با پایان هفته، ۲۵ آبان، خوانده می‌شود.")
	h.visit(e, "a", 300, 10)
	h.visit(e, "b", 300, 120)
	if r := h.report("promise"); r.Verdict.Reason != stats.ReasonMidWeek {
		t.Fatalf("%+v", r.Verdict)
	}
	h.says("promise", "A difference shows; it will be confirmed when the week is over, on 16 Nov.",
		"تفاوتی دیده می‌شود؛ با پایان هفته، ۲۵ آبان، تأیید می‌شود.")
}
