package chart

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

func TestTicksOfMillionsAreShort(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		en, fa    string
	}{
		{0, 1_900_000, "0 0.5M 1M 1.5M 2M", "۰ ۰٫۵ میلیون ۱ میلیون ۱٫۵ میلیون ۲ میلیون"},
		{-120_000, 610_000, "-200K 0 200K 400K 600K 800K", "\u200e−۲۰۰ هزار ۰ ۲۰۰ هزار ۴۰۰ هزار ۶۰۰ هزار ۸۰۰ هزار"},
		{0, 3e9, "0 1B 2B 3B", "۰ ۱ میلیارد ۲ میلیارد ۳ میلیارد"},
		{0, 6e15, "0 2,000T 4,000T 6,000T", "۰ ۲٬۰۰۰ تریلیون ۴٬۰۰۰ تریلیون ۶٬۰۰۰ تریلیون"},
		{0, 60_000, "0 20,000 40,000 60,000", "۰ ۲۰٬۰۰۰ ۴۰٬۰۰۰ ۶۰٬۰۰۰"},
		{1_000_000, 1_000_400, "1,000,000 1,000,100 1,000,200 1,000,300 1,000,400", "۱٬۰۰۰٬۰۰۰ ۱٬۰۰۰٬۱۰۰ ۱٬۰۰۰٬۲۰۰ ۱٬۰۰۰٬۳۰۰ ۱٬۰۰۰٬۴۰۰"},
	} {
		s := newScale(c.low, c.high, false)
		for l, want := range map[i18n.Lang]string{i18n.English: c.en, i18n.Persian: c.fa} {
			if got := strings.ReplaceAll(strings.Join(s.labels(i18n.Locale{Lang: l}), " "), "\u00a0", " "); got != want {
				t.Errorf("%v to %v: %s, want %s", c.low, c.high, got, want)
			}
		}
	}
}

func TestTicksBelowIntervalsNeverRunTogether(t *testing.T) {
	tick := regexp.MustCompile(`y="\d+"( class="wide-only")? text-anchor="(start|middle|end)">([^<]*)<`)
	for _, l := range []i18n.Locale{english, persian} {
		for _, high := range []float64{40, 1_400_000, 1_400_000_000} {
			drawn := string(Interval(l, IntervalChart{Rows: []Row{{Name: "A", Note: "note", Value: high, Low: high - 3, High: high}, {Name: "B", Note: "note", Value: high / 2, Low: high / 3, High: high}}}))
			var labels []string
			for _, m := range tick.FindAllStringSubmatch(drawn, -1) {
				if !slices.Contains([]string{"A", "B", "note"}, m[3]) {
					labels = append(labels, m[3])
				}
			}
			whole := 0.0
			for _, words := range labels {
				whole += width(words, 12) + between
			}
			if len(labels) < 2 || whole-between > nameWidth+120 {
				t.Errorf("%v up to %v: %q take %v pixels", l.Lang, high, labels, whole)
			}
		}
	}
}

func TestAnAxisOfWideNumbersHasMoreRoom(t *testing.T) {
	line := func(high float64) LineChart {
		return LineChart{Title: "Orders", Times: week(), Series: []Series{{Values: []float64{1, 2, 3, 4, 5, 6, high}}}}
	}
	for _, c := range []struct {
		l    i18n.Locale
		high float64
		far  bool
	}{{english, 1_400_000, false}, {persian, 1_400_000, true}, {persian, 40_000, false}} {
		if got := strings.Contains(string(Line(c.l, line(c.high))), `class="chart-plot far"`); got != c.far {
			t.Errorf("%v in %s: more room %v", c.high, c.l.Lang, got)
		}
	}
	near, _ := File(persian, line(40_000))
	far, _ := File(persian, line(1_400_000))
	if !strings.Contains(string(near), `width="692"`) || !strings.Contains(string(far), `width="664"`) {
		t.Error("a file has as much room for wide numbers as for others")
	}
}

func TestAnIntervalTooWideForAPhoneHasALineOfItsOwn(t *testing.T) {
	height := regexp.MustCompile(`height="(\d+)" direction`)
	draw := func(value float64) string {
		return string(Interval(english, IntervalChart{Rows: []Row{{Name: "A", Value: value, Low: value - 3, High: value + 3}, {Name: "B", Value: value, Low: value - 3, High: value + 3}, {Name: "C", Value: value, Low: value - 3, High: value + 3}}}))
	}
	near, far := draw(1_000_000), draw(2_000_000_000)
	if !strings.Contains(near, ">1,000,000  (999,997 – 1,000,003)<") || !strings.Contains(far, ">2,000,000,000<") || !strings.Contains(far, ">(1,999,999,997 – 2,000,000,003)<") {
		t.Errorf("%s\n%s", near, far)
	}
	if a, b := height.FindStringSubmatch(near)[1], height.FindStringSubmatch(far)[1]; a >= b {
		t.Errorf("with a line more in each row the chart is %s high, and without %s", b, a)
	}
}
