package abtest

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

func TestAPlanIsMadeWithTheFormsOwnTraffic(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.Join(someTown, nil)
	a, err := h.Plan(context.Background(), PlanQuestion{Form: "guide", Effect: share(0.2), Weeks: new(4)})
	h.must(err)
	if a.Baseline != 0.03 || a.VisitorsPerDay != 2000 || a.Page != nil || a.Form.Key != "guide" || !*a.Fits {
		t.Errorf("planned with a rate of %v and %v visitors a day: %+v", a.Baseline, a.VisitorsPerDay, a)
	}
	quiz, err := h.Plan(context.Background(), PlanQuestion{Form: "quiz", Effect: share(0.1), Weeks: new(4)})
	h.must(err)
	if *quiz.Fits || quiz.VisitorsPerDay != 5 || quiz.Needed == nil || *quiz.Needed.Days <= 28 {
		t.Errorf("five visitors a day answer %+v", quiz)
	}
	for field, q := range map[string]PlanQuestion{
		"form":             {Form: "nowhere"},
		"page":             {Page: "guide"}, // a form has this key, and no page
		"visitors_per_day": {Form: "fresh"},
	} {
		_, err := h.Plan(context.Background(), q)
		if bad, ok := errs.AsFields(err); !ok || bad[field] == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
	_, err = h.Plan(context.Background(), PlanQuestion{Page: "busy", Form: "guide"})
	if bad, ok := errs.AsFields(err); !ok || bad["form"] != "errors.plan.both" {
		t.Errorf("a page and a form: %v", err)
	}
}

func TestThePlanningPageSaysWhatAFormCannotShow(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.Join(someTown, nil)
	base := h.serve()
	for path, want := range map[string][]string{
		"?lang=en&form=guide&effect=20&weeks=4":          {"you need", "56,000 visitors, of whom 1,680", `<option value="form:guide" selected>`, "on other sites", "form=guide"},
		"?lang=en&place=form%3Aquiz&effect=10&weeks=4":   {"cannot show a lift of", "not worth its time"},
		"?lang=fa&place=form%3Aquiz&effect=%DB%B1%DB%B0": {"نمی‌توان افزایش", "در سایت‌های دیگر"},
		"?lang=en&place=page%3Abusy":                     {"30,800 visitors", `<option value="page:busy" selected>`},
		"?lang=en&place=&form=&page=":                    {"What do you want to know?"},
	} {
		status, body := h.get(base + "/experiments/plan" + path)
		if status != http.StatusOK {
			t.Errorf("%s: %d", path, status)
		}
		for _, sign := range want {
			if !strings.Contains(body, sign) {
				t.Errorf("%s does not say %q", path, sign)
			}
		}
	}
	for path, want := range map[string]string{
		"?lang=en&place=form%3Afresh":    "Nobody who saw this form has been counted yet",
		"?lang=en&place=form%3Anowhere":  "There is no form with this key",
		"?lang=en&page=busy&form=guide":  "not both",
		"?lang=fa&page=busy&form=guide":  "نه هر دو را",
		"?lang=en&place=nowhere%3Aguide": "There is no landing page with this key",
	} {
		if status, body := h.get(base + "/experiments/plan" + path); status != http.StatusUnprocessableEntity || !strings.Contains(body, want) {
			t.Errorf("%s: %d without %q", path, status, want)
		}
	}
}

func TestAPlanOfAFormIsCarriedIntoAnExperimentOverForms(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.Join(someTown, nil)
	base := h.serve()
	form := h.carried(base, "place=form%3Aguide&effect=20&weeks=4")
	if form.Get("name") != "Guide" || form.Get("goals[0].where") != "form: guide" || form.Get("planned_conversion_rate") != "3" {
		t.Errorf("filled in: %v", form)
	}
	form.Set("do", "save")
	form.Set("key", "from-form")
	if status, body, _ := h.submit(base+"/experiments/new?lang=en", form); status != http.StatusSeeOther {
		t.Fatalf("%d %v", status, said.FindAllString(body, -1))
	}
	if d := h.find("from-form").Definition; d.Surface != "form" || d.PlannedVisitorsPerArm < 13_914 || *d.MinimumEffect != 0.2 || *d.PlannedWeeks != 4 {
		t.Errorf("%+v", d)
	}
}

func TestBeforeTheStartAnExperimentOverFormsAsksForAFormThatNamesIt(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.Join(someTown, nil)
	address := h.serve()
	for key, warned := range map[string]bool{"less": false, "promise": true} { // a page names that, which is none over forms
		d := promise()
		d.Key, d.Surface, d.State = key, "form", Draft
		h.must(h.apply(d))
		if _, body := h.get(address + "/experiments/" + url.PathEscape(key) + "/start?lang=en"); strings.Contains(body, "No form names this experiment yet") != warned {
			t.Errorf("%s: warned is not %v", key, warned)
		}
	}
}
