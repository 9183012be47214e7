package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/tracking"
)

// source makes one in the running program.
func (s *server) source(t *testing.T) *tracking.Source {
	t.Helper()
	one, err := s.tracking.Create(t.Context(), tracking.Source{Name: "Shop"}, "test")
	if err != nil {
		t.Fatal(err)
	}
	return one
}

// timeline is the names of what a lead did, the oldest first.
func (s *server) timeline(t *testing.T, id int64) []string {
	t.Helper()
	events, _, err := s.leads.Timeline(t.Context(), id, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(events))
	for i, e := range events {
		names[len(names)-1-i] = e.Name
	}
	return names
}

func TestThePublishedLibraryOfSegmentTalksToUs(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), pagesHalf|workersHalf)
	key := s.source(t).WriteKey
	for range 2 { // the second time nothing is new
		var said struct {
			Failed  []string
			Answers []int
		}
		out := testkit.Node(t, "../../tracking/testdata/node", "shop.js", key, s.url)
		if err := json.Unmarshal([]byte(out), &said); err != nil || len(said.Failed) > 0 || len(said.Answers) == 0 || slices.Max(said.Answers) != 200 {
			t.Fatalf("the library says %s (%v)", out, err)
		}
		l, err := s.leads.FindByEmail(t.Context(), s.db.Read(), "reihaneh@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(l.ExternalID, l.FirstName, l.Language, l.TimeZone, l.Attributes, l.FirstTouch.Source, l.FirstTouch.Campaign); got !=
			fmt.Sprint("user-42", "ریحانه", "fa", "Asia/Tehran", map[string]any{"age": 31, "company": "Cafe Seven", "company_id": "cafe-7", "company_employees": 12}, "instagram", "nowruz") {
			t.Errorf("the lead is %s", got)
		}
		// Those that happened at the same moment stand in the order in which they came.
		want := []string{"Page Viewed", "Identified", "Order Completed", "Group Joined", "Identity Linked", "Screen Viewed"}
		got := s.timeline(t, l.ID)
		slices.Sort(want[1:])
		slices.Sort(got[min(1, len(got)):])
		if !slices.Equal(got, want) {
			t.Errorf("timeline %q\nwant     %q", got, want)
		}
		events, _, err := s.leads.Timeline(t.Context(), l.ID, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			switch e.Name {
			case "Page Viewed":
				if off := e.OccurredAt.Sub(time.Date(2025, 3, 21, 9, 0, 0, 123e6, time.UTC)).Abs(); off > time.Minute || e.Properties["url"] != "https://shop.example/" || e.Properties["utm_campaign"] != "nowruz" {
					t.Errorf("the page view: %+v", e)
				}
			case "Order Completed":
				if e.Properties["value"] != 89.5 || time.Since(e.OccurredAt) > time.Minute {
					t.Errorf("the order: %+v", e)
				}
			}
		}
		if n, err := s.db.Read().NewSelect().Model((*leads.Lead)(nil)).Count(t.Context()); err != nil || n != 1 {
			t.Errorf("%d leads (%v)", n, err)
		}
	}
}

// TestAPageOfAnotherSiteTellsWhatHappensOnIt is the whole way: somebody looks at a page
// of another site, does something there, fills in our form on it, and the timeline of
// the lead begins with the page view.
func TestAPageOfAnotherSiteTellsWhatHappensOnIt(t *testing.T) {
	t.Parallel()
	w := newWired(t, pagesHalf)
	key := w.source(t).WriteKey
	c := testkit.Browser(t)
	snippet := `<script src="` + w.url + `/t.js" data-key="` + key + `" async></script>`
	site := otherSite(t, `<script>(window.sarnakh ||= []).push(["track", "Video Played", { length: 42 }])</script>`+snippet+snippet+
		`<div id=form data-sarnakh-form=brewing-guide></div><script src="`+w.url+`/embed.js" async></script>`)
	stored := func(n int64) {
		t.Helper()
		soon(t, 10*time.Second, fmt.Sprintf("%d events of the page are stored", n), func() bool {
			var found int64
			err := w.db.SQL().QueryRow("SELECT count(*) FROM events WHERE source LIKE 'tracking:%'").Scan(&found)
			return err == nil && found == n
		})
	}
	c.Open(site + "/spring?utm_source=instagram&secret=1")
	stored(2)

	within(t, c, "form", "form.elements.email")
	testkit.Eval[bool](c, inForm("form", "(form.elements.first_name.value = 'Sara', form.elements.email.value = 'sara@example.com', form.elements.brew.value = 'moka', form.elements.cups.value = '2', form.requestSubmit(), true)"))
	within(t, c, "form", "root.querySelector('[role=status]')")
	lead := w.lead(t, "sara@example.com")
	if got := strings.Join(w.timeline(t, lead.ID), ", "); got != "Page Viewed, Video Played, Form Submitted, Past Joined" {
		t.Errorf("timeline: %s", got)
	}
	events, _, err := w.leads.Timeline(t.Context(), lead.ID, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	view := events[len(events)-1].Properties
	if view["url"] != site+"/spring" || view["title"] != "Somebody's shop" || view["utm_source"] != "instagram" || strings.Contains(fmt.Sprint(view), "secret") {
		t.Errorf("the page view says %v", view)
	}

	// With the server away, what happens waits in the browser, also over a reload.
	w.wire.Cut()
	testkit.Eval[bool](c, `(sarnakh.track("Brochure Opened"), sarnakh.identify("user-7", {email: "sara@example.com"}), true)`)
	soon(t, 10*time.Second, "the queue is kept", func() bool {
		return testkit.Eval[bool](c, `Object.entries(localStorage).some(([name, text]) => name.startsWith("sarnakh.queue") && text.includes("Brochure"))`)
	})
	w.wire.Mend()
	c.Open(site + "/summer")
	stored(6) // the page view, the video, what had waited
	if l := w.lead(t, "sara@example.com"); l.ExternalID != "user-7" {
		t.Errorf("identify made %+v", l)
	}
	if got := strings.Join(w.timeline(t, lead.ID), ", "); !strings.Contains(got, "Brochure Opened") || strings.Count(got, "Page Viewed") != 2 {
		t.Errorf("timeline: %s", got)
	}

	// Somebody else sits down: from then on it is nobody's.
	testkit.Eval[bool](c, `(sarnakh.reset(), sarnakh.track("Somebody Else"), true)`)
	stored(7)
	if got := strings.Join(w.timeline(t, lead.ID), ", "); strings.Contains(got, "Somebody Else") {
		t.Errorf("after reset: %s", got)
	}
	soon(t, 10*time.Second, "the queue is empty", func() bool {
		return testkit.Eval[bool](c, `!Object.keys(localStorage).some((name) => name.startsWith("sarnakh.queue"))`)
	})
	if cookies := testkit.Eval[string](c, "document.cookie"); cookies != "" {
		t.Errorf("cookies: %s", cookies)
	}
	up, down := w.wire.passed()
	if strings.Contains(up, "OPTIONS /v1/") || strings.Contains(strings.ToLower(down), "set-cookie") {
		t.Error("the browser asked beforehand, or was given a cookie")
	}
	for _, problem := range c.Problems() {
		if !strings.Contains(problem, "/v1/batch") { // while the wire was cut
			t.Errorf("in the console: %s", problem)
		}
	}
}

func TestBrowsersThatAskNotToBeTrackedAreNot(t *testing.T) {
	t.Parallel()
	w := newWired(t, pagesHalf)
	key := w.source(t).WriteKey
	c := testkit.Browser(t)
	page := func(option string) string {
		return otherSite(t, `<script>Object.defineProperty(navigator, "globalPrivacyControl", { value: true })</script>
			<script src="`+w.url+`/t.js" data-key="`+key+`" `+option+` defer></script><script defer src="data:text/javascript,sarnakh.identify('user-1');window.done=true"></script>`)
	}
	c.Open(page(`data-privacy="on"`))
	soon(t, 10*time.Second, "the page has run", func() bool { return testkit.Eval[bool](c, "window.done == true") })
	if kept := testkit.Eval[int](c, "localStorage.length"); kept != 0 {
		t.Errorf("%d things are kept in the browser", kept)
	}
	c.Open(page(""))
	soon(t, 10*time.Second, "without the option the page is tracked", func() bool {
		up, _ := w.wire.passed()
		return strings.Contains(up, "POST /v1/batch")
	})
	if up, _ := w.wire.passed(); strings.Count(up, "POST /v1/batch") != 1 {
		t.Error("the first page was tracked too")
	}
}

// TestASourcesPageFollowsWhatComesIn connects a shop as a marketer would: makes a source,
// leaves its page open, and sees the first message arrive without touching anything.
func TestASourcesPageFollowsWhatComesIn(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), pagesHalf)
	c := s.team(t)
	c.Language("en")
	c.Open(s.url + "/sources")
	c.Fill("#name", "Shop")
	c.Follow("main form button")
	c.Wait("[data-live] .empty")
	body := fmt.Sprintf(`{"writeKey": %q, "userId": "user-1", "event": "Order Completed"}`, c.Text("#key"))
	if a := ask(t, "POST", s.url+"/v1/track", body, "Content-Type: application/json"); a.StatusCode != 200 {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	c.Wait("[data-live] table")
	if row := c.Text("[data-live] tbody tr"); !strings.Contains(row, "Order Completed") || !strings.Contains(row, "accepted") {
		t.Errorf("the page says %q", row)
	}
	if problems := c.Problems(); len(problems) > 0 {
		t.Errorf("in the console: %q", problems)
	}
}
