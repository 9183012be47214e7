package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

var shots = flag.String("shots", "", "folder to put screenshots of all pages into")

// Looking at a few pages again, and again, should not take a look at all of them.
var only = flag.String("only", "", "beginning of the pages to open; all when absent")

// TestEveryPageIsWholeInBothLanguages opens each page of the demo in Chromium, in
// English and Persian, on a desk and on a phone, light and dark, and looks for what a
// person would stumble over: failed requests, errors in the console, words without a
// translation, a page wider than the screen. With -shots it keeps the pictures.
func TestEveryPageIsWholeInBothLanguages(t *testing.T) {
	t.Parallel()
	c := testkit.Browser(t)
	link := regexp.MustCompile(`(http://[^/]+)/signin/link\?token=\S+`).FindStringSubmatch(show(t).said.String())
	if link == nil {
		t.Fatalf("no sign-in link in %s", show(t).said.String())
	}
	base := link[1]
	c.Open(link[0])
	c.Follow("button[type=submit], main form button")
	first := func(list, selector string) string {
		c.Open(base + list)
		return strings.TrimPrefix(c.Attr(selector, "href"), base)
	}
	// A web site to follow, which the demo has not.
	c.Open(base + "/sources")
	c.Fill("#name", "Nakh Coffee")
	c.Follow("main form button")
	source := strings.TrimPrefix(c.URL(), base)
	lead := first("/leads", "table a[href^='/leads/']")
	pages := []string{
		"/", "/leads", lead, lead + "/privacy", lead + "/proof", lead + "/export", lead + "/merge", lead + "/erase", "/leads/duplicates", "/leads/erasures", lead + "/segments", "/segments", "/segments/ready-for-first-bag", "/segments/ready-for-first-bag/edit", "/segments/ready-for-first-bag/why", "/segments/new", lead + "/edit", "/leads/new", "/fields", "/fields/brew", "/fields/new-field", "/forms", "/forms/brewing-guide",
		"/journeys", "/journeys/guide-to-first-bag", "/experiments", "/experiments/guide-promise", "/experiments/guide-promise/print", "/experiments/guide-promise/roll-out", "/experiments/guide-promise/edit", "/experiments/guide-promise/stop", "/experiments/plan", "/experiments/plan?form=brewing-guide&effect=20&weeks=8", "/experiments/new", "/experiments/library",
		"/experiments/thread-subject", "/experiments/thread-subject/edit", "/experiments/thread-subject/roll-out", "/experiments/gift-moment", "/experiments/gift-moment/edit", "/experiments/gift-moment/roll-out",
		"/experiments/percent-or-toman", "/experiments/percent-or-toman/edit", "/experiments/percent-or-toman/roll-out", "/emails/red-thread", "/offers/midnight-blend",
		"/offers", "/offers/kilo-bag", "/loyalty", "/scoring", "/scoring/rules/new", "/leads/import", "/leads/export", "/sources", source, "/webhooks", "/webhooks/new", "/settings/keys", "/dev/mailbox", first("/dev/mailbox", "a[href^='/dev/mailbox/']"),
		"/emails/your-gift", "/p/guide", "/f/brewing-guide", "/f/brewing-guide/thanks", "/nothing-here",
	}
	pages = slices.DeleteFunc(pages, func(page string) bool { return !strings.HasPrefix(page, *only) })
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
			for _, page := range pages {
				query := "?lang="
				if strings.Contains(page, "?") {
					query = "&lang="
				}
				status := c.Open(base + page + query + lang)
				if status >= 400 && page != "/nothing-here" {
					t.Errorf("%s in %s: status %d", page, lang, status)
				}
				text := c.Text("body")
				if strings.Contains(text, "⟦") {
					t.Errorf("%s in %s: a word has no translation: …%s", page, lang, text[strings.Index(text, "⟦"):min(len(text), strings.Index(text, "⟦")+60)])
				}
				if wide := testkit.Eval[int](c, "document.documentElement.scrollWidth"); wide > look.width {
					t.Errorf("%s in %s, %s: %d pixels wide on a screen of %d", page, lang, look.name, wide, look.width)
				}
				if *shots != "" {
					name := strings.Trim(strings.ReplaceAll(page, "/", "_"), "_")
					if name == "" {
						name = "home"
					}
					c.Screenshot(filepath.Join(*shots, name+"-"+lang+"-"+look.name+".png"), true)
				}
			}
		}
	}
	if *update {
		c.Viewport(1280, 860, false)
		c.ColorScheme("light")
		c.Open(base + "/experiments/guide-promise?lang=en")
		c.Screenshot("../../doc/screenshot.png", false)
	}
	for _, problem := range c.Problems() {
		if !strings.Contains(problem, "/nothing-here") {
			t.Error(problem)
		}
	}
	if *shots != "" {
		if entries, err := os.ReadDir(*shots); err == nil {
			t.Logf("%d pictures in %s", len(entries), *shots)
		}
	}
}
