package main

import (
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

const splitForm = `kind: experiment
key: less
name: Fewer questions
surface: form
variants: [{key: long}, {key: short}]
goal: {event: Form Submitted, where: {form: news}}
planned_visitors_per_arm: 1000
planned_conversion_rate: 0.1
state: running
---
kind: form
key: news
name: News
title: {en: The news, fa: خبرنامه}
fields:
  - {name: email, type: email, label: {en: E-mail, fa: ایمیل}, required: true}
  - {name: first_name, type: text, label: {en: First name, fa: نام}, required: true}
button: {en: Send, fa: بفرست}
thanks: {title: {en: Thank you, fa: سپاس}}
experiment: less
variants:
  - key: long
  - key: short
    fields:
      - {name: email, type: email, label: {en: E-mail, fa: ایمیل}, required: true}
`

// TestAFormInThePageOfSomebodyElseIsSplit has browsers come to another site, fill in the
// version that they get, and come back to the same one.
func TestAFormInThePageOfSomebodyElseIsSplit(t *testing.T) {
	t.Parallel()
	w := newWired(t, pagesHalf|workersHalf)
	w.apply(t, splitForm)
	c := testkit.Browser(t)
	c.Agent("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36")
	site := otherSite(t, `<div id=news data-sarnakh-form=news></div><script src="`+w.url+`/embed.js" async></script>`)
	saw := map[bool]int{}
	for i := 0; i < 30 && (saw[true] == 0 || saw[false] == 0); i++ {
		c.Open(site)
		within(t, c, "news", "form.elements.email")
		short := testkit.Eval[bool](c, inForm("news", "!form.elements.first_name"))
		saw[short]++
		c.Open(site)
		within(t, c, "news", "form.elements.email")
		if again := testkit.Eval[bool](c, inForm("news", "!form.elements.first_name")); again != short {
			t.Fatal("the same browser gets another version")
		}
		name := "form.elements.first_name.value = 'Sara', "
		if short {
			name = ""
		}
		if saw[short] == 1 {
			testkit.Eval[bool](c, inForm("news", "(form.elements.email.value = 'v"+strings.Repeat("i", i+1)+"@example.com', "+name+"form.querySelector('button').click(), true)"))
			within(t, c, "news", "!form && root.querySelector('[role=status]')")
		}
		testkit.Eval[bool](c, "(localStorage.clear(), true)") // the next browser
	}
	if saw[true] == 0 || saw[false] == 0 {
		t.Fatalf("30 browsers saw %v of the short version and the long", saw)
	}
	var arms []abtest.Arm
	soon(t, 10*time.Second, "two conversions are counted", func() bool {
		r, err := w.abtest.Report(t.Context(), "less")
		if err != nil {
			t.Fatal(err)
		}
		arms = r.Arms
		return r.Conversions() == 2
	})
	for i, short := range []bool{false, true} {
		if a := arms[i]; a.Visitors != int64(saw[short]) || a.Conversions != 1 {
			t.Errorf("%s: %d of %d, want 1 of %d", a.Key, a.Conversions, a.Visitors, saw[short])
		}
	}
}
