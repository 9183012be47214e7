package templates

import (
	"io/fs"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var comment = regexp.MustCompile(`(?s)/\*.*?\*/`)

func TestStylesServeBothDirections(t *testing.T) {
	physical := regexp.MustCompile(`(?:margin|padding|border|inset)-(?:left|right|top|bottom)|[\s;{](?:left|right|top|bottom|width|height)\s*:|text-align:\s*(?:left|right)|float:|border-(?:top|bottom)-(?:left|right)-radius`)
	names, err := fs.Glob(folder("static"), "*.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		sheet, err := fs.ReadFile(folder("static"), name)
		if err != nil {
			t.Fatal(err)
		}
		for number, line := range strings.Split(string(sheet), "\n") {
			if match := physical.FindString(comment.ReplaceAllString(line, "")); match != "" {
				t.Errorf("%s:%d: %q has a fixed side", name, number+1, match)
			}
		}
	}
}

// readable are the pairs of text on ground that pages show. Text wants 4.5 to 1,
// the edges of controls 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11).
var readable = []struct {
	text, ground string
	ratio        float64
}{
	{"ink", "paper", 4.5}, {"ink", "surface", 4.5}, {"ink", "sunken", 4.5}, {"ink", "side", 4.5},
	{"soft", "surface", 4.5}, {"soft", "side", 4.5}, {"soft", "sunken", 4.5},
	{"faint", "paper", 4.5}, {"faint", "surface", 4.5}, {"faint", "sunken", 4.5}, {"faint", "side", 4.5},
	{"accent", "surface", 4.5}, {"accent", "paper", 4.5}, {"accent", "accent-wash", 4.5},
	{"accent-strong", "accent-wash", 4.5}, {"on-accent", "accent", 4.5}, {"on-accent", "accent-strong", 4.5},
	{"good", "good-wash", 4.5}, {"warn", "warn-wash", 4.5}, {"bad", "bad-wash", 4.5},
	{"good", "surface", 4.5}, {"warn", "surface", 4.5}, {"bad", "surface", 4.5},
	{"ink", "good-wash", 4.5}, {"ink", "warn-wash", 4.5}, {"ink", "bad-wash", 4.5},
	{"control-line", "surface", 3}, {"control-line", "paper", 3},
	{"chart-2", "surface", 3}, {"chart-3", "surface", 3}, {"chart-4", "surface", 3},
}

func TestColoursKeepTheirContrastByDayAndNight(t *testing.T) {
	sheet, err := fs.ReadFile(folder("static"), "tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	colours := map[string][2]string{}
	for _, m := range regexp.MustCompile(`--([\w-]+): light-dark\(#(\w{6}), #(\w{6})\)`).FindAllStringSubmatch(string(sheet), -1) {
		colours[m[1]] = [2]string{m[2], m[3]}
	}
	for _, pair := range readable {
		text, ok := colours[pair.text]
		ground, ok2 := colours[pair.ground]
		if !ok || !ok2 {
			t.Errorf("no colours --%s, --%s", pair.text, pair.ground)
			continue
		}
		for i, time := range []string{"day", "night"} {
			if got := contrast(text[i], ground[i]); got < pair.ratio {
				t.Errorf("--%s on --%s by %s: %.2f, want %.1f", pair.text, pair.ground, time, got, pair.ratio)
			}
		}
	}
}

// contrast is the ratio of WCAG 2.2, between 1 and 21.
func contrast(a, b string) float64 {
	light, dark := luminance(a), luminance(b)
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

func luminance(hex string) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			panic(err)
		}
		channel := float64(n) / 255
		if channel <= 0.04045 {
			channel /= 12.92
		} else {
			channel = math.Pow((channel+0.055)/1.055, 2.4)
		}
		sum += weight * channel
	}
	return sum
}
