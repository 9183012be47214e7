package abtest

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

// wrongBeside is what a page says beside the field of a name; "" for nothing.
func wrongBeside(body, id string) string {
	_, after, found := strings.Cut(body, `id="`+id+`-error"`)
	if !found {
		return ""
	}
	_, after, _ = strings.Cut(after, ">")
	text, _, _ := strings.Cut(after, "<")
	return html.UnescapeString(text)
}

func TestZeroIsNotTakenForWhatIsUsual(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	address := h.serve() + "/experiments/new?lang=en"
	for id, change := range map[string]func(url.Values){
		"coverage":                func(f url.Values) { f.Set("coverage", "0") },
		"alpha":                   func(f url.Values) { f.Set("alpha", "۰") },
		"minimum_effect":          func(f url.Values) { f.Set("minimum_effect", "0%") },
		"planned_weeks":           func(f url.Values) { f.Set("planned_weeks", "0") },
		"variants-0-weight":       func(f url.Values) { f.Set("variants[0].weight", "0"); f.Set("variants[1].weight", "100") },
		"goals-1-cap":             func(f url.Values) { f.Set("goals[1].cap", "0") },
		"goals-0-event":           func(f url.Values) { f.Set("goals[0].event", " ") },
		"namespace-name":          func(f url.Values) { f.Del("namespace.name"); f.Set("namespace.from", "-1") },
		"namespace-to":            func(f url.Values) { f.Del("namespace.to") },
		"audience-languages":      func(f url.Values) { f.Set("audience.languages", "زبان") },
		"planned_conversion_rate": func(f url.Values) { f.Set("planned_conversion_rate", "0") },
	} {
		f := typedIn()
		change(f)
		if status, body, _ := h.submit(address, f); status != http.StatusUnprocessableEntity || wrongBeside(body, id) == "" {
			t.Errorf("%s: %d, %q", id, status, said.FindAllString(body, -1))
		} else if id == "goals-0-event" && strings.Contains(body, `name="goals[0].event" value="Form Submitted"`) {
			t.Error("the event that was taken away is shown as if it were there")
		}
	}
	for id, want := range map[string]string{"alpha": "from 0.1 to 50", "minimum_effect": "at most 1,000", "goals-1-cap": "from 50 to"} {
		f := typedIn()
		f.Set(strings.Replace(id, "goals-1-", "goals[1].", 1), "2000")
		if _, body, _ := h.submit(address, f); !strings.Contains(wrongBeside(body, id), want) {
			t.Errorf("%s: %q, want what it can be: %s", id, wrongBeside(body, id), want)
		}
	}
	f := typedIn()
	f.Set("audience.languages", "de")
	if _, body, _ := h.submit(address, f); !strings.Contains(wrongBeside(body, "audience-languages"), "nobody comes") {
		t.Errorf("a language of none of our pages: %q", wrongBeside(body, "audience-languages"))
	}
	f.Set("surface", surfaceAPI)
	if status, body, _ := h.submit(address, f); status != http.StatusSeeOther {
		t.Errorf("outside any language can come: %d %q", status, said.FindAllString(body, -1))
	}
}

func TestAllThatIsWrongIsSaidAtOnce(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	base := h.serve()
	f := typedIn()
	f.Set("coverage", "half")
	f.Set("planned_visitors_per_arm", "1e99")
	f.Set("variants[1].weight", "much")
	f.Set("name", "")
	f.Set("goals[1].property", "")
	_, body, _ := h.submit(base+"/experiments/new?lang=en", f)
	for id, want := range map[string]string{
		"coverage": "Please write a number.", "planned_visitors_per_arm": "This number is too large.", "variants-1-weight": "Please write a number.",
		"name": "This is needed.", "goals-1-property": "Name the property of the event that has the value, such as total.",
	} {
		if got := wrongBeside(body, id); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	if n := strings.Count(body, `class="error"`); n != 5 {
		t.Errorf("%d fields are told: what follows from others is not wrong itself: %q", n, said.FindAllString(body, -1))
	}
	_, body = h.get(base + "/experiments/plan?lang=en&baseline=1e999&visitors=many&variants=1&power=80")
	for id, want := range map[string]string{"baseline": "This number is too large.", "visitors": "Please write a number.", "variants": "This must be 2 or more."} {
		if got := wrongBeside(body, id); got != want {
			t.Errorf("planner, %s: %q, want %q", id, got, want)
		}
	}
}

func TestThePlannersFieldsHaveOneKindOfDigits(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	_, body := h.get(h.serve() + "/experiments/plan?lang=fa&baseline=20&visitors=1500&weeks=4")
	for _, want := range []string{`id="baseline" name="baseline" value="۲۰"`, `name="visitors" value="۱۵۰۰"`, `name="weeks" value="۴"`, `name="variants" value="۲"`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(body, "-error") {
		t.Error("what was typed is not read")
	}
}
