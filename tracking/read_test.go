package tracking

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
)

func TestTimesAreThoseOfOurClock(t *testing.T) {
	at := func(clock string) time.Time {
		when, ok := parseInstant("2026-11-21T" + clock)
		if !ok {
			t.Fatalf("%s is no time", clock)
		}
		return when
	}
	for _, c := range []struct {
		what           string
		original, sent time.Time
		want           time.Time
		ahead          bool
	}{
		{"nothing said", time.Time{}, time.Time{}, noon, false},
		{"only when it happened", at("09:00:00Z"), time.Time{}, at("09:00:00Z"), false},
		{"a clock that is right", at("11:59:50Z"), at("12:00:00Z"), at("11:59:50Z"), false},
		{"a clock an hour late", at("10:59:50Z"), at("11:00:00Z"), at("11:59:50Z"), false},
		{"a clock a year ahead", at("11:59:50Z").AddDate(1, 0, 0), at("12:00:00Z").AddDate(1, 0, 0), at("11:59:50Z"), false},
		{"another zone", at("15:29:50+03:30"), at("15:30:00+03:30"), at("11:59:50Z"), false},
		{"an import of last year", at("09:00:00Z").AddDate(-1, 0, 0), at("12:00:00Z"), at("09:00:00Z").AddDate(-1, 0, 0), false},
		{"the future, sent now", at("12:30:00Z"), at("12:00:00Z"), noon, true},
		{"the future, unsent", at("12:30:00Z"), time.Time{}, noon, true},
		{"clocks without sense", at("09:00:00Z"), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), at("09:00:00Z"), false},
	} {
		if got, ahead := occurred(c.original, c.sent, noon); !got.Equal(c.want) || ahead != c.ahead {
			t.Errorf("%s: %v %v, want %v %v", c.what, got, ahead, c.want, c.ahead)
		}
	}
	for _, text := range []string{"", "yesterday", "2026-13-01", "0001-01-01T00:00:00Z", "12:00"} {
		if when, ok := parseInstant(text); ok {
			t.Errorf("%q is %v", text, when)
		}
	}
}

func TestTheFutureIsNowAndIsRememberedAsSaid(t *testing.T) {
	m := one(t, `{"type": "track", "userId": "u", "event": "A", "timestamp": "2031-01-01T00:00:00.5Z"}`)
	if e := m.event(1); !e.OccurredAt.Equal(noon) || e.Properties["client_time"] != "2031-01-01T00:00:00.5Z" {
		t.Errorf("%+v", e)
	}
}

func TestTheContextOfABatchIsThatOfItsMessages(t *testing.T) {
	c, err := readCall("", []byte(`{"context": {"locale": "fa-IR", "campaign": {"source": "instagram", "name": "nowruz"}}, "batch": [
		{"type": "page", "userId": "u", "context": {"campaign": {"name": "yalda"}, "page": {"url": "https://shop.example/?gclid=x1", "referrer": "https://search.example/"}}},
		{"type": "page", "userId": "u"}]}`), noon)
	if err != nil || len(c.messages) != 2 {
		t.Fatal(c, err)
	}
	a, b := c.messages[0].context, c.messages[1].context
	if a.touch.Source != "instagram" || a.touch.Campaign != "yalda" || a.touch.ClickIDs["gclid"] != "x1" || a.touch.Referrer != "https://search.example/" || a.language != "fa" {
		t.Errorf("own context: %+v", a)
	}
	if b.touch.Campaign != "nowruz" || b.language != "fa" {
		t.Errorf("the batch's: %+v", b)
	}
	if inside := one(t, `{"type": "page", "userId": "u", "context": {"page": {"url": "https://shop.example/b", "referrer": "https://shop.example/a"}}}`); !inside.context.touch.IsZero() {
		t.Errorf("going on within a site is a touch: %+v", inside.context.touch)
	}
}

// one is the only message of a batch, which must be a good one.
func one(t *testing.T, body string) *message {
	t.Helper()
	c, err := readCall("", []byte(`{"batch": [`+body+`]}`), noon)
	if err != nil || len(c.messages) != 1 {
		t.Fatalf("%s: %+v %v", body, c, err)
	}
	return c.messages[0]
}

// FuzzBatch holds that whatever is sent is read, or refused by name, message by message,
// and that what is read can be stored: as JSON without NUL, in known bounds.
func FuzzBatch(f *testing.F) {
	for _, seed := range []string{
		`{"batch": [{"type": "track", "userId": "u", "event": "A", "properties": {"a": [1, {"b": null}]}}]}`,
		`{"batch": [{"type": "identify", "anonymousId": "b", "traits": {"email": "a@example.com", "phone": "۰۹۱۲۱۲۳۴۵۶۷", "address": {"country": "IR"}, "company": {"name": {"x": 1}}}}]}`,
		`{"batch": [{"type": "group", "userId": 12, "groupId": "g", "traits": {"name": "", "": {"": {"": 1}}}}], "sentAt": "2026-11-21T12:00:00Z"}`,
		`{"batch": [{"type": "alias", "userId": "u", "previousId": "p"}, 7, null, "x", [[]]], "context": {"page": {"url": "%zz", "search": "?%"}}}`,
		`{"batch": [{"type": "page", "userId": "u\u0000", "timestamp": "9999-12-31T23:59:59Z", "sentAt": "1970-01-01"}]}`,
		`{"batch": [{"type": "screen", "userId": 1e308, "context": {"campaign": {"name": 4}}, "n": 1e999}]}`,
		`{"batch": [` + strings.Repeat(`{"a":`, 50) + `1` + strings.Repeat(`}`, 50) + `]}`,
		`{"batch": [{"type": "track", "userId": "\ud800", "event": "` + "\xff" + `\u202e"}]}`,
		`{"BATCH": [], "batch": null}`, `[`, ``, `{"batch": {}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		c, err := readCall("", []byte(body), noon)
		if err != nil {
			if bad, ok := errs.AsFields(err); !ok || len(bad) == 0 {
				t.Fatalf("refused without a field: %v", err)
			}
			return
		}
		places := map[int]bool{}
		for _, r := range c.refused {
			if r.why == "" || places[r.index] {
				t.Fatalf("refused twice or without a reason: %+v", r)
			}
			places[r.index] = true
		}
		for _, m := range c.messages {
			if places[m.index] {
				t.Fatalf("message %d is taken and refused", m.index)
			}
			e := m.event(1)
			raw, err := json.Marshal(e.Properties)
			if err != nil || strings.Contains(string(raw), `\u0000`) && strings.Contains(fmt.Sprint(e.Properties), "\x00") {
				t.Fatalf("cannot be stored: %s (%v)", raw, err)
			}
			if e.Name == "" || len([]rune(e.Name)) > maxName || e.OccurredAt.After(noon) || e.OccurredAt.Before(earliest) || strings.ContainsRune(e.MessageID+e.VisitorID+e.Name, 0) {
				t.Fatalf("out of bounds: %+v", e)
			}
			if m.profile != nil {
				if err := m.profile.Check(); err != nil {
					t.Fatalf("the lead store will refuse it: %v", err)
				}
			}
		}
	})
}
