package main

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

// formBrought is what a form brought until now.
func (w *wired) formBrought(t *testing.T, key string) string {
	t.Helper()
	list, err := w.forms.FormTraffic(t.Context(), 28)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if f.Form.Key == key {
			return fmt.Sprintf("%d of %d", f.Conversions, f.Visitors)
		}
	}
	return "no such form"
}

// TestAFormInThePageOfSomebodyElseCountsABrowserOnceADay has two browsers come to another
// site, where the form stands twice, and come back; one sends it twice.
func TestAFormInThePageOfSomebodyElseCountsABrowserOnceADay(t *testing.T) {
	t.Parallel()
	w := newWired(t, pagesHalf)
	c := testkit.Browser(t)
	c.Agent("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36")
	site := otherSite(t, `<div id=top data-sarnakh-form=brewing-guide></div><div id=end2 data-sarnakh-form=brewing-guide></div>
		<script src="`+w.url+`/embed.js" async></script>`)
	both := func(path string) {
		t.Helper()
		c.Open(site + path)
		within(t, c, "top", "form.elements.email")
		within(t, c, "end2", "form.elements.email")
	}
	said := func(when, want string) {
		t.Helper()
		if got := w.formBrought(t, "brewing-guide"); got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
	both("/")
	both("/again")
	said("seen twice on two pages by one browser", "0 of 1")
	for i := range 2 {
		both("/sends")
		testkit.Eval[bool](c, inForm("end2", fmt.Sprintf("(form.elements.first_name.value = 'Sara', form.elements.email.value = 'sara%d@example.com', form.elements.brew.value = 'moka', form.elements.cups.value = '2', form.requestSubmit(), true)", i)))
		within(t, c, "end2", "root.querySelector('[role=status]')")
	}
	said("sent twice by it", "1 of 1")
	testkit.Eval[bool](c, "(localStorage.clear(), true)") // the next browser
	both("/")
	said("seen by another", "1 of 2")
	if kept := testkit.Eval[string](c, "JSON.stringify(localStorage)"); !regexp.MustCompile(`^\{"sarnakh-brewing-guide":"\d{4}-\d\d-\d\d"\}$`).MatchString(kept) {
		t.Errorf("who has only seen it keeps %s, want a day alone", kept)
	}
	// One that keeps nothing is served all the same.
	testkit.Eval[bool](c, "(localStorage.clear(), true)")
	c.Open(otherSite(t, `<script>Object.defineProperty(window, "localStorage", {get() { throw new Error("switched off") }})</script>
		<div id=top data-sarnakh-form=brewing-guide></div><script src="`+w.url+`/embed.js" async></script>`))
	within(t, c, "top", "form.elements.email")
	testkit.Eval[bool](c, inForm("top", "(form.elements.first_name.value = 'Sara', form.elements.email.value = 'nothing@example.com', form.elements.brew.value = 'moka', form.elements.cups.value = '2', form.requestSubmit(), true)"))
	within(t, c, "top", "root.querySelector('[role=status]')")
	said("sent by one that keeps nothing", "1 of 2")
	if problems := c.Problems(); len(problems) > 0 {
		t.Errorf("in the console: %q", problems)
	}
}
