package abtest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

func TestTextsTooLongToBeReadAreRefusedByTheirField(t *testing.T) {
	d := promise()
	long := func(n int) i18n.Text { return texts(strings.Repeat("ش", n), "کوتاه") }
	d.Hypothesis, d.Variants[1].Name, d.Goal.Name = long(500), long(120), long(120)
	d.Goals = []Goal{{Key: "other", Name: long(120), Event: "Order Completed"}}
	if err := d.Check(); err != nil {
		t.Fatalf("just short enough: %v", err)
	}
	d.Hypothesis[i18n.English] = strings.Repeat("ش", 249) + "\r\n" + strings.Repeat("ش", 250) // as a form sends it
	if err := d.Check(); err != nil {
		t.Errorf("the end of a line: %v", err)
	}
	d.Hypothesis, d.Variants[1].Name, d.Goal.Name, d.Goals[0].Name = long(501), long(121), long(121), long(121)
	bad, _ := errs.AsFields(d.Check())
	for field, most := range map[string]string{"hypothesis.en": "500", "variants[1].name.en": "120", "goal.name.en": "120", "goals[0].name.en": "120"} {
		if !strings.Contains(bad[field], most+" letters at the most") {
			t.Errorf("%s: %q", field, bad[field])
		}
	}
	if len(bad) != 4 {
		t.Errorf("%v", bad)
	}
}

func TestTheFormSaysHowLongATextMayBe(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	address := h.serve() + "/experiments/new"
	for lang, want := range map[string][2]string{"en": {"500 letters at the most", "120 letters at the most"}, "fa": {"حداکثر ۵۰۰ نویسه", "حداکثر ۱۲۰ نویسه"}} {
		form := typedIn()
		form.Set("hypothesis.en", strings.Repeat("x", 501))
		form.Set("variants[1].name.fa", strings.Repeat("ش", 121))
		status, body, _ := h.submit(address+"?lang="+lang, form)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, want[0]) || !strings.Contains(body, want[1]) {
			t.Errorf("%s: %d, %v %v", lang, status, strings.Contains(body, want[0]), strings.Contains(body, want[1]))
		}
	}
}
