package templates

import (
	"flag"
	"html/template"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/chart"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

var out = flag.String("out", "", "write the style guide, with its assets, into this folder to look at it")

// samplePage has what layouts ask of every page's data.
type samplePage struct {
	i18n.Locale
	Title, Path, Account, Theme string
	Folded                      string
	Flash                       *sampleFlash
	Site                        string
	DevMailbox                  bool
	Now                         time.Time
}

type sampleFlash struct{ Kind, Text string }

type sampleLead struct {
	Name, Email, Source, State, Class string
	Points                            int
	Seen                              time.Time
}

type styleguide struct {
	samplePage
	Leads                          []sampleLead
	Seen                           time.Time
	Spark, Line, Intervals, Funnel template.HTML
	Bars, NoChart                  template.HTML
}

// Say picks the sample's words in the page's language.
func (p samplePage) Say(english, persian string) string {
	if p.Lang == i18n.Persian {
		return persian
	}
	return english
}

func newSamplePage(s *Set, lang i18n.Lang, theme string) samplePage {
	now := time.Date(2026, 11, 21, 14, 30, 0, 0, time.UTC)
	p := samplePage{Locale: s.Catalog().Locale(lang, time.FixedZone("Tehran", 12600)), Path: "/leads/1",
		Account: "marketing@example.com", Theme: theme, DevMailbox: true, Now: now}
	p.Title = p.Say("Style guide", "راهنمای ظاهر")
	p.Flash = &sampleFlash{"good", p.Say("The form was saved.", "فرم ذخیره شد.")}
	return p
}

func newStyleguide(p samplePage) styleguide {
	var times []time.Time
	short, long := chart.Series{Name: p.Say("Short headline", "عنوان کوتاه")}, chart.Series{Name: p.Say("Long headline", "عنوان بلند")}
	for i := range 30 {
		times = append(times, p.Now.AddDate(0, 0, i-29))
		wave, width := math.Sin(float64(i)/3)/150, 0.06/math.Sqrt(float64(i+1))
		for _, arm := range []struct {
			series *chart.Series
			rate   float64
		}{{&short, 0.084 + wave}, {&long, 0.061 - wave/2}} {
			arm.series.Values = append(arm.series.Values, arm.rate)
			arm.series.Low = append(arm.series.Low, arm.rate-width/2)
			arm.series.High = append(arm.series.High, arm.rate+width/2)
		}
	}
	leads := []float64{31, 28, 45, 52, 38, 61, 74}
	days := make([]string, len(leads))
	for i := range days {
		days[i] = p.DayMonth(p.Now.AddDate(0, 0, i-6))
	}
	seen := p.Now.Add(-3 * time.Hour)
	return styleguide{
		samplePage: p,
		Seen:       seen,
		Leads: []sampleLead{
			{p.Say("Sara Ahmadi", "سارا احمدی"), "sara@example.com", "instagram", p.Say("customer", "مشتری"), "good", 1250, seen},
			{p.Say("Omid Rezaei", "امید رضایی"), "omid.rezaei@example.org", "google / cpc", p.Say("new", "تازه"), "", 50, seen.Add(-20 * time.Hour)},
			{p.Say("Niloufar Karimi", "نیلوفر کریمی"), "n.karimi@example.net", "newsletter", p.Say("waiting", "در انتظار"), "warn", 0, seen.AddDate(0, 0, -6)},
			{p.Say("Reza Moradi", "رضا مرادی"), "reza@example.com", "direct", p.Say("unsubscribed", "لغو عضویت"), "muted", 310, seen.AddDate(0, -3, 0)},
		},
		Spark: chart.Spark(p.Locale, leads, p.Say("Leads a day, rising", "سرنخ‌های روزانه، رو به رشد")),
		Line: chart.Line(p.Locale, chart.LineChart{Title: p.Say("Conversion by day", "نرخ تبدیل روزانه"),
			Times: times, Series: []chart.Series{short, long}, Share: true}),
		Intervals: chart.Interval(p.Locale, chart.IntervalChart{Title: p.Say("Conversion by variant", "نرخ تبدیل هر گونه"), Share: true,
			Rows: []chart.Row{
				{Name: short.Name, Value: 0.084, Low: 0.0727, High: 0.0969},
				{Name: long.Name, Value: 0.061, Low: 0.0514, High: 0.0723},
			}}),
		Funnel: chart.Funnel(p.Locale, chart.FunnelChart{Title: p.Say("From visit to order", "از بازدید تا سفارش"),
			Stages: []chart.Stage{{Name: p.Say("Visited", "بازدید"), Count: 1996}, {Name: p.Say("Filled in the form", "پر کردن فرم"), Count: 568},
				{Name: p.Say("Opened an e-mail", "باز کردن ایمیل"), Count: 401}, {Name: p.Say("Used the offer", "استفاده از پیشنهاد"), Count: 74}}}),
		Bars: chart.Bars(p.Locale, chart.BarChart{Title: p.Say("Leads by day", "سرنخ‌های هر روز"), Labels: days,
			Series: []chart.Series{{Values: leads}}}),
		NoChart: chart.Line(p.Locale, chart.LineChart{Title: p.Say("Opens by hour", "بازشدن‌ها در هر ساعت"),
			Empty: p.Say("No e-mail has been opened yet. The first opens appear here within minutes.", "هنوز نامه‌ای باز نشده است. نخستین بازشدن‌ها چند دقیقه بعد همین‌جا دیده می‌شوند.")}),
	}
}

func TestStyleGuideRendersInBothLanguagesAndThemes(t *testing.T) {
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range i18n.Langs {
		for _, theme := range []string{"light", "dark", "auto"} {
			for layout, name := range map[string]string{"app": "styleguide", "auth": "styleguide",
				"landing": "styleguide_visitor", "public": "styleguide_visitor"} {
				var page strings.Builder
				if err := s.Execute(&page, layout, name, newStyleguide(newSamplePage(s, lang, theme))); err != nil {
					t.Fatal(err)
				}
				html := page.String()
				for _, want := range []string{`lang="` + string(lang) + `"`, `dir="` + lang.Dir() + `"`, `data-theme="` + theme + `"`} {
					if !strings.Contains(html, want) {
						t.Errorf("%s %s lacks %s", layout, lang, want)
					}
				}
				for _, never := range []string{"⟦", "ZgotmplZ", "<no value>", " style=", "onclick"} {
					if strings.Contains(html, never) {
						t.Errorf("%s %s contains %s", layout, lang, never)
					}
				}
				write(t, layout+"-"+string(lang)+"-"+theme+".html", []byte(html))
			}
		}
	}
	for name := range s.assets.byName {
		asset, _ := s.Asset(name)
		write(t, "static/"+name, asset.Body)
	}
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if *out == "" {
		return
	}
	file := filepath.Join(*out, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
