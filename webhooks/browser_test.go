package webhooks

import (
	"flag"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

var shots = flag.String("shots", "", "folder to put screenshots of the pages into")

// TestEveryPageIsWholeInABrowser makes a webhook as a person does, and looks at each page
// in both languages, on a desk and on a phone, light and dark.
func TestEveryPageIsWholeInABrowser(t *testing.T) {
	h := newHouse(t, testDatabase(t), local)
	h.work()
	base := h.serve()
	c := testkit.Browser(t)
	to := newReceiver(t)
	to.says(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"ok": true}`) })
	c.Open(base + "/webhooks/new?lang=en")
	c.Fill("#url", to.URL+"/hooks/orders?token=4f1c9a")
	c.Fill("#description", "Orders to the CRM")
	c.Click("input[value='Order Completed']")
	c.Click("input[value='Form Submitted']")
	c.Fill("#others", "Chair Sat On")
	c.Follow("main form button.btn-primary")
	if text := c.Text("body"); !strings.Contains(text, "whsec_") || !strings.Contains(text, "Chair Sat On") {
		t.Errorf("after making it: %s", text)
	}
	h.happen("sara@example.com", "Form Submitted", 3)
	h.until("told", func() bool { return h.in(1, StateDelivered) == 3 })
	to.says(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "the database is being backed up")
	})
	h.happen("sara@example.com", "Order Completed", 2)
	h.until("failed", func() bool { return h.in(1, StateWaiting) == 2 && to.count() == 5 })
	h.clock.Advance(6 * time.Second)
	h.until("failed again", func() bool { return h.in(1, StateWaiting) == 2 && to.count() == 7 })
	gone := newReceiver(t)
	gone.says(status(http.StatusGone))
	h.endpoint(gone.URL)
	h.happen("sara@example.com", "Points Earned", 1)
	h.until("disabled", func() bool { return h.find(2).State == StateDisabled })
	if _, err := h.Rotate(t.Context(), 1, "", 0); err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{
		"list": "/webhooks", "form": "/webhooks/new", "edit": "/webhooks/1/edit", "detail": "/webhooks/1", "secret": "/webhooks/1?secret=1",
		"waiting": "/webhooks/1?state=waiting", "disabled": "/webhooks/2", "delivery": "/webhooks/1/deliveries/1", "failing": "/webhooks/1/deliveries/5",
	}
	for _, lang := range []string{"en", "fa"} {
		for _, look := range []struct {
			name   string
			width  int
			height int
			phone  bool
			scheme string
		}{{"desk-light", 1280, 900, false, "light"}, {"phone-dark", 390, 844, true, "dark"}} {
			c.Viewport(look.width, look.height, look.phone)
			c.ColorScheme(look.scheme)
			for name, path := range pages {
				sign := "?"
				if strings.Contains(path, "?") {
					sign = "&"
				}
				if code := c.Open(base + path + sign + "lang=" + lang); code != http.StatusOK {
					t.Errorf("%s: %d", path, code)
				}
				if text := c.Text("body"); strings.Contains(text, "⟦") {
					t.Errorf("%s in %s: a word has no translation", path, lang)
				}
				if wide := testkit.Eval[int](c, "document.documentElement.scrollWidth"); wide > look.width {
					t.Errorf("%s in %s, %s: %d pixels wide on a screen of %d", path, lang, look.name, wide, look.width)
				}
				if *shots != "" {
					c.Screenshot(filepath.Join(*shots, name+"-"+lang+"-"+look.name+".png"), true)
				}
			}
		}
	}
	for _, problem := range c.Problems() {
		t.Error(problem)
	}
}
