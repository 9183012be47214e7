package abtest

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// submit posts a form as somebody of the team, and follows nothing.
func (h *house) submit(address string, form url.Values) (status int, body, location string) {
	h.t.Helper()
	r, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	h.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: "session", Value: "1"})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	h.must(err)
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	h.must(err)
	return answer.StatusCode, string(raw), answer.Header.Get("Location")
}

// typedIn is a form that makes an experiment.
func typedIn() url.Values {
	return url.Values{
		"do": {"save"}, "_variants": {"2"}, "_goals": {"3"},
		"name": {"Shorter form"}, "key": {"shorter"}, "surface": {"page"}, "hypothesis.fa": {"کوتاه‌تر بهتر است"},
		"variants[0].key": {"long"}, "variants[1].key": {"short"}, "variants[1].name.fa": {"کوتاه"}, "variants[0].weight": {"۷۰"}, "variants[1].weight": {"30"},
		"goals[0].key": {"asked"}, "goals[0].role": {"primary"}, "goals[0].event": {"Form Submitted"}, "goals[0].kind": {"conversion"}, "goals[0].better": {"more"},
		"goals[0].where": {"form: guide"}, "goals[0].window": {"14d"},
		"goals[1].key": {"revenue"}, "goals[1].role": {"secondary"}, "goals[1].event": {"Order Completed"}, "goals[1].kind": {"value"}, "goals[1].property": {"total"}, "goals[1].cap": {"99"}, "goals[1].better": {"more"},
		"goals[2].key": {"clicks"}, "goals[2].role": {"secondary"}, "goals[2].event": {"Clicked"}, "goals[2].kind": {"ratio"}, "goals[2].per": {"Product Viewed"}, "goals[2].per_where": {"shelf: new"}, "goals[2].better": {"more"},
		"planned_visitors_per_arm": {"۱٬۰۰۰"}, "planned_conversion_rate": {"12"}, "minimum_effect": {"10"}, "planned_weeks": {"4"},
		"coverage": {"50%"}, "audience.devices": {"phone", "tablet"}, "audience.languages": {"fa, en"},
		"namespace.name": {"pages"}, "namespace.from": {"0"}, "namespace.to": {"50"}, "whole_weeks": {"no"},
	}
}

func TestAnExperimentIsMadeInTheBrowser(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		address := h.serve()
		status, body, location := h.submit(address+"/experiments/new?lang=en", typedIn())
		if status != http.StatusSeeOther || location != "/experiments/shorter" {
			t.Fatalf("%d %s %s", status, location, body)
		}
		d := h.find("shorter").Definition
		if d.Goals[0].Where["form"] != "guide" || d.Goals[0].Window.String() != "2w" || d.Goals[1].Cap != 0.99 || d.Goals[2].Per != "Product Viewed" || d.Goals[2].PerWhere["shelf"] != "new" || *d.Coverage != 0.5 ||
			d.PlannedVisitorsPerArm != 1000 || d.Variants[0].Weight != 70 || len(d.Audience.Languages) != 2 || d.Namespace.To != 0.5 || *d.WholeWeeks {
			t.Errorf("stored %+v", d)
		}
		if h.find("shorter").State() != Draft {
			t.Error("a new experiment runs at once")
		}
		// What is shown to be changed is what is stored: saved again it stays the same.
		before := h.find("shorter")
		status, body = h.get(address + "/experiments/shorter/edit?lang=en")
		if status != http.StatusOK {
			t.Fatalf("%d", status)
		}
		form := inputs(body)
		form.Set("do", "save")
		if status, body, _ := h.submit(address+"/experiments/shorter/edit?lang=en", form); status != http.StatusSeeOther {
			t.Fatalf("saved again: %d %v", status, said.FindAllString(body, -1))
		}
		if after := h.find("shorter"); !manifest.Same(before.Definition, after.Definition) {
			t.Errorf("saving what is shown changes it:\n%+v\n%+v", before.Definition, after.Definition)
		}
		if status, body, _ := h.submit(address+"/experiments/new?lang=fa", typedIn()); status != http.StatusConflict || !strings.Contains(body, "آزمایش دیگری این شناسه را دارد") {
			t.Errorf("a key that is taken: %d", status)
		}
	})
}

var (
	said      = regexp.MustCompile(`(?s)<p class="error"[^>]*>(.*?)</p>|role="alert">(.*?)</p>`)
	tag       = regexp.MustCompile(`(?s)<(input)\b([^>]*)>|<(textarea|select)\b([^>]*)>(.*?)</(?:textarea|select)>`)
	attribute = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
	first     = regexp.MustCompile(`<option value="([^"]*)"`)
	chosen    = regexp.MustCompile(`<option value="([^"]*)" selected`)
)

// inputs are what a page's form would send as it stands.
func inputs(body string) url.Values {
	form := url.Values{}
	for _, m := range tag.FindAllStringSubmatch(body[strings.Index(body, "edit-form"):], -1) {
		kind, inside := m[1]+m[3], m[2]+m[4]
		a := map[string]string{}
		for _, pair := range attribute.FindAllStringSubmatch(inside, -1) {
			a[pair[1]] = html.UnescapeString(pair[2])
		}
		switch {
		case a["name"] == "" || strings.Contains(inside, " disabled") || a["type"] == "checkbox" && !strings.Contains(inside, " checked"):
		case kind == "textarea":
			form.Add(a["name"], html.UnescapeString(m[5]))
		case kind == "select":
			if option := chosen.FindStringSubmatch(m[5]); option != nil {
				form.Add(a["name"], option[1])
			} else if option := first.FindStringSubmatch(m[5]); option != nil {
				form.Add(a["name"], option[1])
			}
		default:
			form.Add(a["name"], a["value"])
		}
	}
	return form
}

func TestRowsComeAndGoWithoutAScript(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	address := h.serve() + "/experiments/new?lang=en"
	form := typedIn()
	form.Set("do", "add:variant")
	status, body, _ := h.submit(address, form)
	if status != http.StatusOK || !strings.Contains(body, `name="variants[2].key"`) || !strings.Contains(body, `value="short"`) || !strings.Contains(body, `name="_variants" value="3"`) {
		t.Errorf("another version: %d", status)
	}
	form = inputs(body)
	form.Set("do", "remove:variant:1")
	_, body, _ = h.submit(address, form)
	if strings.Contains(body, `value="short"`) || strings.Contains(body, "variants[2]") {
		t.Error("the version is still there")
	}
	form = inputs(body)
	form.Set("do", "remove:goal:0")
	_, body, _ = h.submit(address, form)
	if !strings.Contains(body, `name="goals[0].key" value="revenue"`) || !strings.Contains(body, `name="goals[1].key" value="clicks"`) || strings.Contains(body, "goals[2]") {
		t.Error("the other goals did not move up")
	}
}

func TestWhatIsWrongStandsBesideItsFieldInTheReadersLanguage(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.Join(nil, []manifest.Kind{noForms{}})
	address := h.serve() + "/experiments/new?lang=fa"
	latin := regexp.MustCompile(`[a-z]{3,} [a-z]{2,} [a-z]{2,}`)
	for name, change := range map[string]func(url.Values){
		"name":        func(f url.Values) { f.Del("name") },
		"key":         func(f url.Values) { f.Set("key", "Not A Key") },
		"same key":    func(f url.Values) { f.Set("variants[1].key", "long") },
		"one weight":  func(f url.Values) { f.Del("variants[1].weight") },
		"two primary": func(f url.Values) { f.Set("goals[1].role", "primary") },
		"no primary":  func(f url.Values) { f.Set("goals[0].role", "guardrail") },
		"goal key":    func(f url.Values) { f.Set("goals[1].key", "asked") },
		"no goal key": func(f url.Values) { f.Del("goals[1].key") },
		"property":    func(f url.Values) { f.Del("goals[1].property") },
		"per":         func(f url.Values) { f.Set("goals[2].per", ""); f.Del("goals[2].per_where") },
		"always 1":    func(f url.Values) { f.Set("goals[2].per", "Clicked"); f.Del("goals[2].per_where") },
		"only ratio":  func(f url.Values) { f.Set("goals[1].per", "Clicked") },
		"per_where":   func(f url.Values) { f.Set("goals[2].per_where", "[") },
		"only value":  func(f url.Values) { f.Set("goals[0].property", "total") },
		"window":      func(f url.Values) { f.Set("goals[0].window", "two weeks") },
		"minute":      func(f url.Values) { f.Set("goals[0].window", "5s") },
		"where":       func(f url.Values) { f.Set("goals[0].where", "[") },
		"better":      func(f url.Values) { f.Set("goals[0].better", "less") },
		"form":        func(url.Values) {},
		"visitors":    func(f url.Values) { f.Del("planned_visitors_per_arm") },
		"rate":        func(f url.Values) { f.Del("planned_conversion_rate") },
		"rate > 100":  func(f url.Values) { f.Set("planned_conversion_rate", "120") },
		"no number":   func(f url.Values) { f.Set("coverage", "half") },
		"coverage":    func(f url.Values) { f.Set("coverage", "150") },
		"namespace":   func(f url.Values) { f.Set("namespace.to", "0") },
		"weeks":       func(f url.Values) { f.Set("planned_weeks", "1.5") },
		"earn":        func(f url.Values) { f.Set("mode", "earn"); f.Set("surface", "api") },
		"audience":    func(f url.Values) { f.Set("surface", "email") },
	} {
		f := typedIn()
		change(f)
		status, body, _ := h.submit(address, f)
		if status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, status)
			continue
		}
		found := false
		for _, m := range said.FindAllStringSubmatch(body, -1) {
			found = true
			if text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(m[1]+m[2], ""); latin.MatchString(text) {
				t.Errorf("%s: a Persian page says %q", name, text)
			}
		}
		if !found || !strings.Contains(body, `class="error"`) && name != "audience" {
			t.Errorf("%s: nothing beside the field", name)
		}
		if strings.Contains(body, "⟦") {
			t.Errorf("%s: a word is missing", name)
		}
	}
}

// noForms is where no form exists.
type noForms struct{}

func (noForms) Name() string      { return "form" }
func (noForms) New() manifest.Doc { return nil }
func (noForms) Current(context.Context, bun.IDB, string) (manifest.Doc, error) {
	return nil, errs.NotFound
}
func (noForms) Apply(context.Context, db.Tx, manifest.Doc) error { return nil }

func TestAGoalsFormMustExistWhicheverWayAnExperimentComes(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.Join(nil, []manifest.Kind{noForms{}})
	err := h.Save(context.Background(), promise(), true)
	if bad, ok := errs.AsFields(err); !ok || !strings.Contains(bad["goal.where.form"], `there is no form "guide"`) {
		t.Errorf("%v", err)
	}
}

func TestWhoSavesLaterIsTold(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		address := h.serve()
		h.submit(address+"/experiments/new", typedIn())
		_, body := h.get(address + "/experiments/shorter/edit?lang=en")
		mine, hers := inputs(body), inputs(body)
		for _, f := range []url.Values{mine, hers} {
			f.Set("do", "save")
		}
		hers.Set("name", "Hers")
		mine.Set("name", "Mine")
		if status, _, _ := h.submit(address+"/experiments/shorter/edit", hers); status != http.StatusSeeOther {
			t.Fatalf("hers: %d", status)
		}
		status, body, _ := h.submit(address+"/experiments/shorter/edit?lang=en", mine)
		if status != http.StatusConflict || !strings.Contains(body, "Somebody else has changed") || !strings.Contains(body, `value="Mine"`) {
			t.Errorf("mine: %d", status)
		}
		if h.find("shorter").Definition.Name != "Hers" {
			t.Error("the later one was stored")
		}
		again := inputs(body)
		again.Set("do", "save")
		if status, _, _ := h.submit(address+"/experiments/shorter/edit", again); status != http.StatusSeeOther || h.find("shorter").Definition.Name != "Mine" {
			t.Errorf("saved once more: %d", status)
		}
	})
}

// differing is what the page says of the fields that two people wrote otherwise.
func differing(body string) string {
	_, table, _ := strings.Cut(body, "Where yours and what is stored differ")
	table, _, _ = strings.Cut(table, "</table>")
	return strings.Join(strings.Fields(plainText(anyTag.ReplaceAllString(table, " "))), " ")
}

var anyTag = regexp.MustCompile(`<[^>]*>`)

// Who was not the first to save overwrites nothing that they have not touched.
func TestSavingAgainWritesOnlyWhatWasTouched(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	address := h.serve()
	h.start(promise())
	edit := address + "/experiments/promise/edit"
	_, body := h.get(edit + "?lang=en")
	hers, mine := inputs(body), inputs(body)
	for _, f := range []url.Values{hers, mine} {
		f.Set("do", "save")
	}
	hers.Set("variants[0].weight", "80")
	hers.Set("variants[1].weight", "20")
	hers.Set("hypothesis.en", "Hers")
	mine.Set("hypothesis.en", "Mine")
	mine.Set("name", "")
	if status, body, _ := h.submit(edit, hers); status != http.StatusSeeOther {
		t.Fatalf("hers: %d %s", status, body)
	}
	// Mended first, what somebody did meanwhile is not forgotten.
	status, body, _ := h.submit(edit+"?lang=en", mine)
	if status != http.StatusUnprocessableEntity {
		t.Fatalf("without a name: %d", status)
	}
	mine = inputs(body)
	mine.Set("do", "save")
	mine.Set("name", "Another name")
	status, body, _ = h.submit(edit+"?lang=en", mine)
	if status != http.StatusConflict || h.find("promise").Shares[0] != 0.8 {
		t.Fatalf("mine: %d", status)
	}
	table := differing(body)
	for _, want := range []string{"Another name yours", "Hers Mine yours", "80 empty what is stored stays", "20 empty what is stored stays"} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is missing in %s", want, table)
		}
	}
	if strings.Contains(table, "Planned visitors") || !regexp.MustCompile(`name="planned_visitors_per_arm" value="1000"`).MatchString(body) {
		t.Errorf("what neither could change: %s", table)
	}
	again := inputs(body)
	again.Set("do", "save")
	if status, body, _ := h.submit(edit, again); status != http.StatusSeeOther {
		t.Fatalf("again: %d %s", status, body)
	}
	e := h.find("promise")
	if d := e.Definition; d.Name != "Another name" || d.Hypothesis["en"] != "Mine" || e.Shares[0] != 0.8 || len(e.regimes) != 2 {
		t.Errorf("stored: %+v, shares %v, %d regimes", d, e.Shares, len(e.regimes))
	}
}

func TestRowsThatSomebodyElseAddedStay(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	address := h.serve()
	h.submit(address+"/experiments/new", typedIn())
	edit := address + "/experiments/shorter/edit"
	_, body := h.get(edit + "?lang=en")
	hers, mine := inputs(body), inputs(body)
	hers.Set("do", "add:variant")
	mine.Set("do", "save")
	mine.Set("name", "Mine")
	_, added, _ := h.submit(edit+"?lang=en", hers)
	hers = inputs(added)
	hers.Set("do", "save")
	hers.Set("variants[2].key", "third")
	hers.Set("variants[2].weight", "1")
	if status, body, _ := h.submit(edit, hers); status != http.StatusSeeOther {
		t.Fatalf("hers: %d %s", status, body)
	}
	_, body, _ = h.submit(edit+"?lang=en", mine)
	if table := differing(body); !strings.Contains(table, "third") || !strings.Contains(table, "what is stored stays") {
		t.Errorf("the third version is not told: %s", table)
	}
	again := inputs(body)
	again.Set("do", "save")
	h.submit(edit, again)
	if d := h.find("shorter").Definition; d.Name != "Mine" || len(d.Variants) != 3 || d.Variants[2].Key != "third" {
		t.Errorf("stored: %+v", d)
	}
}

func TestWhatARunningExperimentRestsOnIsShownAndHeld(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	address := h.serve()
	h.start(promise())
	_, body := h.get(address + "/experiments/promise/edit?lang=en")
	if !strings.Contains(body, "It has started") || !regexp.MustCompile(`name="planned_visitors_per_arm"[^>]* disabled`).MatchString(body) {
		t.Error("the plan can be typed over")
	}
	if regexp.MustCompile(`name="variants\[0\].weight"[^>]* disabled`).MatchString(body) || !strings.Contains(body, "open a new regime") {
		t.Error("the weights of a running experiment cannot be typed over")
	}
	form := inputs(body)
	form.Set("do", "save")
	form.Set("name", "Another name")
	form.Set("variants[0].weight", "80")
	form.Set("variants[1].weight", "20")
	form.Set("planned_visitors_per_arm", "5") // not of this page
	if status, body, _ := h.submit(address+"/experiments/promise/edit?lang=en", form); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, body)
	}
	e := h.find("promise")
	if e.Definition.Name != "Another name" || e.Shares[0] != 0.8 || len(e.regimes) != 2 || e.Definition.PlannedVisitorsPerArm != 1000 || e.State() != Running {
		t.Errorf("%+v", e.Definition)
	}
	h.time.Advance(24 * 3600e9)
	_, body = h.get(address + "/experiments/promise/edit?lang=en")
	form = inputs(body)
	form.Set("do", "save")
	form.Set("coverage", "20")
	if status, body, _ := h.submit(address+"/experiments/promise/edit?lang=en", form); status != http.StatusConflict || !strings.Contains(body, "can only be raised") && !strings.Contains(body, "Can only be raised") {
		t.Errorf("less coverage: %d", status)
	}
}
