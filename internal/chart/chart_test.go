package chart

import (
	"encoding/xml"
	"errors"
	"html/template"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

var (
	english = i18n.Locale{Lang: i18n.English}
	persian = i18n.Locale{Lang: i18n.Persian}
	monday  = time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)
)

func week() []time.Time {
	var times []time.Time
	for i := range 7 {
		times = append(times, monday.AddDate(0, 0, i))
	}
	return times
}

func wellFormed(t interface{ Fatalf(string, ...any) }, chart template.HTML) {
	decoder := xml.NewDecoder(strings.NewReader(string(chart)))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("not well formed: %v\n%s", err, chart)
		}
	}
}

func TestTimeRunsWithTheLineOfText(t *testing.T) {
	line := LineChart{Title: "Leads", Times: week(), Series: []Series{{Values: []float64{1, 2, 3, 4, 5, 6, 7}}}}
	en, fa := string(Line(english, line)), string(Line(persian, line))
	if !strings.Contains(en, `cx="100%"`) || !strings.Contains(en, "M0 ") {
		t.Errorf("English: the newest value is not at the right\n%s", en)
	}
	if !strings.Contains(fa, `cx="0%"`) || !strings.Contains(fa, "M1000 ") {
		t.Errorf("Persian: the newest value is not at the left\n%s", fa)
	}
	for _, want := range []string{`direction="rtl"`, "۲۵ آبان", "۱ آذر"} {
		if !strings.Contains(fa, want) {
			t.Errorf("Persian lacks %q\n%s", want, fa)
		}
	}
}

func TestChartsSayTheirNumbersInTheReadersDigits(t *testing.T) {
	fa := string(Funnel(persian, FunnelChart{Title: "قیف", Stages: []Stage{{"بازدید", 2000}, {"ثبت", 250}}}))
	for _, want := range []string{"۲٬۰۰۰", "۲۵۰ · \u061c۱۲٫۵٪"} {
		if !strings.Contains(fa, want) {
			t.Errorf("lacks %q\n%s", want, fa)
		}
	}
	rows := []Row{{Name: "A", Value: 0.1, Low: 0.08, High: 0.12}}
	if en := string(Interval(english, IntervalChart{Rows: rows, Share: true})); !strings.Contains(en, "10.0%  (8.0% – 12.0%)") {
		t.Errorf("interval: %s", en)
	}
}

func TestNothingToShowIsSaidInWords(t *testing.T) {
	const words = "No visitors <yet>"
	for name, got := range map[string]template.HTML{
		"line":     Line(english, LineChart{Times: week(), Series: []Series{{Values: []float64{math.NaN()}}}, Empty: words}),
		"bars":     Bars(english, BarChart{Labels: []string{"a"}, Series: []Series{{Values: []float64{0}}}, Empty: words}),
		"interval": Interval(english, IntervalChart{Empty: words}),
		"funnel":   Funnel(english, FunnelChart{Stages: []Stage{{"visit", 0}}, Empty: words}),
	} {
		if !strings.Contains(string(got), "No visitors &lt;yet&gt;") || strings.Contains(string(got), "<svg") {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := Spark(english, []float64{1}, "leads"); got != "" {
		t.Errorf("spark of one value: %s", got)
	}
}

func TestAnyNumbersMakeAWellFormedChart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Float64Range(-1e9, 1e9), rapid.Float64Range(0, 1), rapid.Just(math.NaN()), rapid.Just(0.0))
		values := rapid.SliceOfN(value, 7, 7)
		name := rapid.StringMatching(`[<>&"'a-zآ-ی]{0,8}`)
		series := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Series {
			return Series{Name: name.Draw(t, "name"), Values: values.Draw(t, "values"),
				Low: values.Draw(t, "low"), High: values.Draw(t, "high")}
		}), 1, 5).Draw(t, "series")
		share := rapid.Bool().Draw(t, "share")
		title := name.Draw(t, "title")
		rows := make([]Row, len(series))
		labels := make([]string, 7)
		for i, s := range series {
			rows[i] = Row{Name: s.Name, Value: s.Values[0], Low: s.Low[0], High: s.High[0]}
		}
		for _, l := range []i18n.Locale{english, persian} {
			for _, chart := range []template.HTML{
				Line(l, LineChart{Title: title, Times: week(), Series: series, Share: share}),
				Bars(l, BarChart{Title: title, Labels: labels, Series: series, Share: share}),
				Interval(l, IntervalChart{Title: title, Rows: rows, Share: share}),
				Spark(l, series[0].Values, title),
			} {
				wellFormed(t, chart)
				if strings.Contains(string(chart), "NaN") || strings.Contains(string(chart), "Inf") {
					t.Fatalf("a number that is none: %s", chart)
				}
			}
		}
	})
}

func TestAnIntervalThatStandsAloneIsSeen(t *testing.T) {
	nan := math.NaN()
	alone := string(Line(english, LineChart{Times: week()[:3], Series: []Series{{Values: []float64{nan, nan, 2}, Low: []float64{nan, nan, 1}, High: []float64{nan, nan, 3}}}}))
	if !strings.Contains(alone, `class="whisker"`) {
		t.Error(alone)
	}
	led := string(Line(english, LineChart{Times: week()[:3], Series: []Series{{Values: []float64{2, 2, 2}, Low: []float64{1, 1, 1}, High: []float64{3, 3, 3}}}}))
	if strings.Contains(led, `class="whisker"`) {
		t.Error(led)
	}
}

func TestAGapEndsTheBandAsItEndsTheLine(t *testing.T) {
	nan := math.NaN()
	gap := string(Line(english, LineChart{Times: week()[:5], Series: []Series{{Values: []float64{2, 2, nan, 2, 2}, Low: []float64{1, 1, nan, 1, 1}, High: []float64{3, 3, nan, 3, 3}}}}))
	band := regexp.MustCompile(`class="band" d="([^"]*)"`).FindStringSubmatch(gap)
	if band == nil || strings.Count(band[1], "M") != 2 || strings.Count(band[1], "Z") != 2 {
		t.Errorf("%v", band)
	}
}

func TestAxesHaveRoundTicks(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		share     bool
		want      string
	}{
		{0, 7, false, "0 2 4 6 8"},
		{0, 1, false, "0 1"},
		{0, 2, false, "0 1 2"},
		{0, 1234, false, "0 500 1,000 1,500"},
		{0, 0.137, true, "0% 5% 10% 15%"},
		{0, 0, true, "0% 5% 10%"},
		{-3, 4, false, "-4 -2 0 2 4"},
	} {
		s := newScale(c.low, c.high, c.share)
		var got []string
		for _, tick := range s.ticks {
			got = append(got, s.tick(english, tick))
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%v to %v: %s, want %s", c.low, c.high, text, c.want)
		}
	}
}

func TestAnAxisOfSharesEndsWhereNothingIsLeft(t *testing.T) {
	for _, c := range []struct{ low, high, want float64 }{{-0.9, 9, -1}, {-1, 4, -1}, {-0.4, 0.6, -0.5}, {-3, 4, -4}} {
		s := newScale(c.low, c.high, true)
		if s.low != c.want || s.ticks[0] != c.want || s.at(c.low) < 0 {
			t.Errorf("from %v to %v: the axis begins at %v with the tick %v, want %v", c.low, c.high, s.low, s.ticks[0], c.want)
		}
	}
}

func TestLabelsNeverTouch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "n")
		centred := rapid.Bool().Draw(t, "centred")
		label := rapid.SampledFrom([]string{"23 Oct", "۱ آبان", "09:00", "a long source of visitors"}).Draw(t, "label")
		labels := slices.Repeat([]string{label}, n)
		for _, plot := range []float64{narrowPlot, widePlot} {
			chosen := spread(labels, plot, 8, centred)
			if len(chosen) == 0 || len(chosen) > 8 || chosen[len(chosen)-1] != n-1 || touch(labels, chosen, plot, centred) {
				t.Fatalf("%v of %d on %v pixels", chosen, n, plot)
			}
			if !centred && n > 1 && width(label, 12) < 80 && chosen[0] != 0 {
				t.Fatalf("%v of %d: the first is missing", chosen, n)
			}
		}
	})
}

func TestALongNameLeavesTheNumbersAlone(t *testing.T) {
	const name = "In 4 minutes, with a customer's own word and much more to say about it than there is room for"
	chart := string(Interval(english, IntervalChart{Share: true, Rows: []Row{{Name: name, Value: 0.232, Low: 0.207, High: 0.259}}}))
	at := regexp.MustCompile(`<text x="0%" y="(\d+)" class="(strong|value)"[^>]*>([^<]*)<`).FindAllStringSubmatch(chart, -1)
	if len(at) != 3 || at[0][1] == at[1][1] || at[1][1] == at[2][1] || !strings.HasSuffix(at[1][3], "…") || at[2][2] != "value" {
		t.Errorf("want two lines of the name and one of numbers: %v", at)
	}
	for _, line := range wrap(name+" "+strings.Repeat("w", 200), nameWidth) {
		if width(line, 13) > nameWidth+width(" …", 13) {
			t.Errorf("%q is too wide", line)
		}
	}
	funnel := string(Funnel(english, FunnelChart{Stages: []Stage{{"Opened the confirmation e-mail again", 2000}, {"b", 20}}}))
	if !strings.Contains(funnel, `y="34" class="value" text-anchor="start">2,000`) {
		t.Errorf("the count does not stand below a long name\n%s", funnel)
	}
}
