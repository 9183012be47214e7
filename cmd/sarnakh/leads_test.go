package main

import (
	"strings"
	"testing"
)

// TestALeadIsWorkedOnInTheBrowser does what somebody of the team does with leads in an
// hour: look one up, tag, note a call, change a field, declare another.
func TestALeadIsWorkedOnInTheBrowser(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), pagesHalf|workersHalf)
	s.applyAll(t)
	s.readers(t, 5)
	c, base := s.team(t), s.url
	c.Language("fa")

	c.Open(base + "/leads")
	c.Click("[data-check-all]")
	c.Fill("#bulk-tag", "جشنوارهٔ پاییز")
	c.Follow(".bulk [value=add]")
	if text := c.Text(".flash"); !strings.Contains(text, "جشنوارهٔ پاییز") {
		t.Errorf("after tagging: %q", text)
	}
	lead := base + c.Attr("table a[href^='/leads/']", "href")
	c.Open(lead)
	c.Follow(".tag button")
	if n := c.Count(".tag"); n != 0 {
		t.Errorf("%d tags after the only one was taken off", n)
	}
	c.Fill("#tag", "مشتری همیشگی")
	c.Follow(".tag-add button")
	c.Fill("#note-text", "گفت آسیاب دستی دارد.\nیک هفتهٔ دیگر زنگ بزنم.")
	c.Fill("#note-kind", "call")
	c.Follow(".note-send button")
	for _, want := range []string{"تماس تلفنی", "آسیاب دستی", "برچسب گرفت", teamEmail} {
		if text := c.Text("#timeline"); !strings.Contains(text, want) {
			t.Errorf("the timeline does not say %q:\n%s", want, text)
		}
	}

	c.Open(lead + "/edit")
	c.Fill("#f-stage", "opportunity")
	c.Fill("#f-attr-birthday", "۱۳۷۰/۱/۳۲")
	if status := c.Follow(".edit-form .btn-primary"); status != 422 {
		t.Errorf("a day that does not exist: status %d", status)
	}
	if text := c.Text("#f-attr-birthday-error"); text == "" || c.Value("#f-stage") != "opportunity" {
		t.Errorf("the form came back with %q and %q", text, c.Value("#f-stage"))
	}
	c.Fill("#f-attr-birthday", "۱۳۷۰/۱/۳۱")
	c.Click("[name='attr.taste'][value=nut]")
	c.Follow(".edit-form .btn-primary")
	for _, want := range []string{"فرصت فروش", "۳۱ فروردین ۱۳۷۰", "آجیلی"} {
		if text := c.Text("main"); !strings.Contains(text, want) {
			t.Errorf("the lead's page does not say %q", want)
		}
	}
	if *shots != "" {
		c.Screenshot(*shots+"/lead-worked-on.png", true)
	}

	c.Open(base + "/fields/new-field")
	c.Fill("#label_fa", "شهر")
	c.Fill("#key", "city")
	c.Follow(".field-form .btn-primary")
	if text := c.Text("main"); !strings.Contains(text, "city") {
		t.Error("the field is not in the catalogue")
	}
	// A field that would take less than leads have is held up, and says how many.
	c.Open(base + "/fields/cups")
	c.Fill("#max", "۰")
	if status := c.Follow(".field-form .btn-primary"); status != 409 || !strings.Contains(c.Text(".flash"), "سرنخ") {
		t.Errorf("a bound that values break: status %d", status)
	}
	c.Click("[name=anyway]")
	c.Follow(".field-form .btn-primary")
	if c.URL() != base+"/fields" {
		t.Errorf("not saved although it was asked for: %s", c.URL())
	}
	for _, problem := range c.Problems() {
		if !strings.Contains(problem, "422") && !strings.Contains(problem, "409") {
			t.Error(problem)
		}
	}
}
