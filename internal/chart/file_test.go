package chart

import (
	"html/template"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

func TestAChartOfItsOwnNeedsNothingElse(t *testing.T) {
	line := LineChart{Title: "Rate <daily>", Desc: "How it went", Times: week(), Share: true, Series: []Series{
		{Name: "Long & short", Values: []float64{.1, .2, .1, .2, .1, .2, .1}, Expected: []float64{.1, .1, .1, .1, .1, .1, .1}}, {Name: "b", Values: []float64{.2, .2}},
	}}
	for _, l := range []i18n.Locale{english, persian} {
		svg, ok := File(l, line)
		if !ok {
			t.Fatal("nothing")
		}
		wellFormed(t, template.HTML(svg))
		for _, want := range []string{`xmlns="http://www.w3.org/2000/svg"`, "<style>", "<title>Rate &lt;daily&gt;</title>", "Long &amp; short", `class="expected"`, `direction="` + l.Dir()} {
			if !strings.Contains(string(svg), want) {
				t.Errorf("%s lacks %q", l.Lang, want)
			}
		}
		for _, foreign := range []string{"var(--", "url(", "href", "<script", "NaN"} {
			if strings.Contains(string(svg), foreign) {
				t.Errorf("%s has %q", l.Lang, foreign)
			}
		}
	}
	svg, ok := File(english, LineChart{Title: "Rates", Empty: "Nobody came"})
	if ok || !strings.Contains(string(svg), "Nobody came") {
		t.Errorf("an empty chart: %v %s", ok, svg)
	}
	wellFormed(t, template.HTML(svg))
}

func TestAFileHasTheColoursOfTheWorkspaceByDay(t *testing.T) {
	sheet, err := os.ReadFile("../../templates/static/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	tokens := strings.ReplaceAll(string(sheet), "--chart-1: var(--accent)", "")
	tokens = strings.Replace(tokens, "--accent: ", "--chart-1: ", 1)
	for i := range 6 {
		token := regexp.MustCompile("--chart-" + strconv.Itoa(i+1) + `: light-dark\((#[0-9a-f]{6}),`).FindStringSubmatch(tokens)
		if token == nil || !strings.Contains(fileStyle, "."+colour(i)+"{color:"+token[1]+"}") {
			t.Errorf("%s is %v by day", colour(i), token)
		}
	}
}

func TestALongLegendOfAFileBreaksItsLines(t *testing.T) {
	c := &canvas{legend: []Series{{Name: strings.Repeat("a", 60)}, {Name: strings.Repeat("b", 60)}, {Name: "c"}}}
	if rows := c.legendRows(); len(rows) != 2 || len(rows[1]) != 2 {
		t.Errorf("%v", rows)
	}
}
