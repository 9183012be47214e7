package abtest

import (
	"html"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

// reads asks for a page and wants what is said, and misses what is not.
func (h *house) reads(url string, wanted, missing []string) {
	h.t.Helper()
	status, body := h.get(url)
	if status != 200 {
		h.t.Fatalf("%s: %d", url, status)
	}
	// What isolates text of the other direction is for browsers.
	body = strings.NewReplacer("\u2068", "", "\u2069", "", "\u200e", "", "\u061c", "", "\u00a0", " ").Replace(html.UnescapeString(body))
	for _, words := range wanted {
		if !strings.Contains(body, words) {
			h.t.Errorf("%s lacks %q", url, words)
		}
	}
	for _, words := range missing {
		if strings.Contains(body, words) {
			h.t.Errorf("%s says %q", url, words)
		}
	}
}

func TestWhatAReportSaysBesideItsVerdict(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	rich(h)
	base := h.serve() + "/experiments/"
	t.Run("goals decide nothing, and harm is told", func(t *testing.T) {
		h.t = t
		h.reads(base+"goals?lang=en", []string{
			"decide nothing", "Within 14 days of the first view", "above the percentile 99", "worse with Four minutes", "Guardrail", "Less of it is better",
			"Beware: with “Four minutes” this got worse: Unsubscribed", "< 0.001",
		}, nil)
		h.reads(base+"goals?lang=fa", []string{"چیزی را تعیین نمی‌کنند", "بدتر با چهار دقیقه", "صدک ۹۹", "کمترش بهتر است"}, nil)
	})
	t.Run("other weights are told, and what they mean", func(t *testing.T) {
		h.t = t
		h.reads(base+"goals?lang=en", []string{"Good coffee 30%, Four minutes 70%", "nothing is mixed", `class="expected"`}, nil)
		h.reads(base+"earning?lang=en", []string{"traffic follows the better version: “Four minutes” gets ", "earlier divisions are not shown"}, nil)
		h.reads(base+"paused?lang=en", nil, []string{"How the visitors were divided"})
	})
	t.Run("many looks are warned of, by their number", func(t *testing.T) {
		h.t = t
		h.reads(base+"goals?lang=en", []string{"These are 11 comparisons", "with a chance of 43%", "By source of traffic", "Social networks", "Persian"}, nil)
		h.reads(base+"five?lang=fa", []string{"اینجا ۴۴ مقایسه هست", "۹۰٪", "شبکه‌های اجتماعی"}, nil)
	})
	t.Run("the plan is held against what was wanted", func(t *testing.T) {
		h.t = t
		h.reads(base+"goals?lang=en", []string{"You wanted to see +10%: the plan is too small", "of 84 planned", "At the latest it is read on "}, nil)
		h.reads(base+"paused?lang=en", []string{"Bots, previews and signed-in members"}, []string{"You wanted to see", "At the latest"})
	})
	t.Run("a value has its unit and no chance to convert", func(t *testing.T) {
		h.t = t
		h.reads(base+"value?lang=en", []string{"A visitor brings", "what a visitor brings is +", "Differences are of what is brought"}, []string{"Chance to be best", "Expected loss"})
	})
	t.Run("pause and archive read right", func(t *testing.T) {
		h.t = t
		h.reads(base+"paused?lang=en", []string{"Paused on ", "nobody new enters"}, nil)
		h.reads(base+"paused?lang=fa", []string{"در مکث است و هنوز تفاوتی آشکار نشده است"}, nil)
		h.reads(base+"archived?lang=en", []string{"“Four minutes” wins", "Archived"}, []string{"state: stopped", "One button does it"})
	})
}

func TestGoalsStayAsTheVerdictFoundThem(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	d := promise()
	d.Goal = Goal{}
	d.Goals = []Goal{
		{Key: "leads", Where: map[string]any{"form": "guide"}, Role: Primary},
		{Key: "orders", Name: texts("Orders", "سفارش‌ها"), Event: "Order Completed"},
	}
	e := h.start(d)
	h.visit(e, "a", 1000, 100)
	h.visit(e, "b", 1000, 190)
	h.time.Advance(7 * day)
	h.evaluate()
	h.orders(e)
	page := h.serve() + "/experiments/promise"
	h.reads(page+"?lang=en", []string{"The figures are those of the verdict", "0 of 1,000", "now 1", " of 1,000"}, []string{"Everybody until now is counted"})
	h.reads(page+"?lang=fa", []string{"ارقام از زمان نتیجه‌اند", "اکنون "}, nil)
}

func TestADraftShowsNoEmptyCharts(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	d := promise()
	d.State = Draft
	h.start(d)
	h.reads(h.serve()+"/experiments/promise?lang=en", []string{"This experiment has not started", "Good coffee", "nobody yet"}, []string{"chart-empty", "– of the visitors"})
	d.State = Archived
	h.must(h.apply(d))
	h.reads(h.serve()+"/experiments/promise?lang=en", []string{"It lies in the archive and never started"}, []string{"state: running"})
}

func TestTheSharesByDesignFollowTheRegimes(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	e := h.start(promise())
	h.visit(e, "a", 20, 1)
	h.visit(e, "b", 20, 1)
	h.time.Advance(3*day + 13*day/24)
	d := promise()
	d.Variants[0].Weight, d.Variants[1].Weight = 20, 80
	h.must(h.apply(d))
	h.time.Advance(day)
	h.visit(h.find("promise"), "b", 20, 1)
	r := h.report("promise")
	var got []float64
	for _, day := range r.Daily {
		share, _ := r.designAt(day, 1)
		got = append(got, share)
	}
	// On the fourth day the weights changed after its middle.
	want := []float64{0.5, 0.5, 0.5, 0.5, 0.8}
	if len(got) != len(want) {
		t.Fatalf("%v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("day %d: %v, want %v", i, got[i], want[i])
		}
	}
}

func TestALiftReadSplitBySplitSaysSo(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	e := h.start(promise())
	h.visit(e, "a", 500, 50)
	h.visit(e, "b", 500, 150)
	page := h.serve() + "/experiments/promise"
	said := "compared within each split"
	h.reads(page+"?lang=en", nil, []string{said})
	d := promise()
	d.Variants[0].Weight, d.Variants[1].Weight = 20, 80
	h.must(h.apply(d))
	e = h.find("promise")
	h.visit(e, "a", 100, 20)
	h.visit(e, "b", 400, 130)
	h.reads(page+"?lang=en", []string{said, "How the visitors were divided"}, nil)
	h.reads(page+"?lang=fa", []string{"سنجش جداگانه در هر تقسیم"}, nil)
}

func TestWithoutALookTheReportSaysWhy(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	d := promise()
	e := h.start(d)
	h.visit(e, "a", 200, 20)
	h.visit(e, "b", 200, 30)
	page, first, never := h.serve()+"/experiments/promise?lang=en", "The first one comes within six hours", "It ended before the first look"
	uncertain := []string{"too uncertain to draw", "still too wide to draw"}
	h.reads(page, []string{first}, append(uncertain, never))
	d.State = Stopped
	h.must(h.apply(d))
	h.reads(page, []string{never}, append(uncertain, first))
}
