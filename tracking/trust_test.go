package tracking

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// server is a second source, whose key is kept on a server.
func (h *house) server() *Source {
	h.t.Helper()
	one, err := h.Create(h.t.Context(), Source{Name: "Back end", Server: true}, "test")
	if err != nil {
		h.t.Fatal(err)
	}
	return one
}

// filled is a lead whom a form knows at first hand.
func (h *house) filled(p leads.Profile) (l *leads.Lead) {
	h.t.Helper()
	if err := h.db.InTx(h.t.Context(), func(ctx context.Context, tx db.Tx) error {
		found, err := h.leads.Upsert(ctx, tx, []*leads.Profile{&p})
		if err == nil {
			l = found[0]
		}
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	return l
}

func TestAPublicKeyAndAnAddressGiveNobodyPowerOverALead(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		sara := h.filled(leads.Profile{Email: "sara@example.com", FirstName: "Sara", Attributes: map[string]any{"plan": "gold"}})
		h.ok("identify", `{'userId': 'thief', 'traits': {'email': 'sara@example.com'}}`)
		h.ok("identify", `{'userId': 'thief', 'traits': {'name': 'No Body', 'plan': 'none', 'email': 'thief@example.com', 'city': 'Yazd'}}`)
		l := h.lead("sara@example.com")
		if l.ID != sara.ID || l.FirstName != "Sara" || l.LastName != "" || l.Attributes["plan"] != "gold" || l.Attributes["city"] != "Yazd" {
			t.Errorf("after a stranger claimed to be her: %+v", l)
		}
		// What only pages have said, pages may say anew.
		h.ok("identify", `{'userId': 'thief', 'traits': {'city': 'Shiraz'}}`)
		if l = h.lead("sara@example.com"); l.Attributes["city"] != "Shiraz" {
			t.Errorf("a page's newer word: %v", l.Attributes)
		}
		// The shop's server knows her id.
		h.source = h.server()
		h.ok("identify", `{'userId': 'u1', 'traits': {'email': 'sara@example.com', 'plan': 'silver', 'phone': '09121234567'}}`)
		if l = h.lead("sara@example.com"); l.ID != sara.ID || l.ExternalID != "u1" || l.Attributes["plan"] != "silver" {
			t.Errorf("after the server said who she is: %+v", l)
		}
		h.ok("identify", `{'userId': 'u1', 'traits': {'email': 'sara@new.example'}}`)
		if l = h.lead("u1"); l.ID != sara.ID || l.EmailNorm != "sara@new.example" {
			t.Errorf("a server may say that her address is another one: %+v", l)
		}
	})
}

func TestAnOldWordDoesNotReplaceANewerOne(t *testing.T) {
	for _, server := range []bool{false, true} {
		h := lite(t)
		if server {
			h.source = h.server()
		}
		at := func(ago time.Duration) string { return h.clock.Now().Add(-ago).Format(time.RFC3339) }
		h.ok("identify", `{'userId': 'u1', 'timestamp': '`+at(time.Minute)+`', 'traits': {'plan': 'gold', 'firstName': 'Sara'}}`)
		h.ok("identify", `{'userId': 'u1', 'timestamp': '`+at(time.Hour)+`', 'traits': {'plan': 'free', 'firstName': 'S.', 'seats': 3}}`)
		if l := h.lead("u1"); l.Attributes["plan"] != "gold" || l.FirstName != "Sara" || l.Attributes["seats"] != 3.0 {
			t.Errorf("server %v: an identify that came late: %+v", server, l)
		}
		h.ok("identify", `{'userId': 'u1', 'traits': {'plan': 'platinum'}}`)
		if l := h.lead("u1"); l.Attributes["plan"] != "platinum" {
			t.Errorf("server %v: the newest: %+v", server, l)
		}
	}
}

func TestWhatBroughtSomebodyIsKnownAlsoWhenItComesInLate(t *testing.T) {
	h := lite(t)
	before := h.clock.Now().Add(-time.Second).Format(time.RFC3339)
	h.ok("track", `{'userId': 'u1', 'event': 'Bought'}`)
	h.clock.Advance(time.Minute)
	h.ok("identify", `{'userId': 'u1', 'timestamp': '`+before+`', 'context': {'campaign': {'source': 'instagram'}}}`)
	h.ok("identify", `{'userId': 'u1', 'context': {'campaign': {'source': 'telegram'}}}`)
	if l := h.lead("u1"); l.FirstTouch.Source != "instagram" || l.LastTouch.Source != "telegram" {
		t.Errorf("first %+v, last %+v", l.FirstTouch, l.LastTouch)
	}
}

func TestAServersKeyIsRefusedToWebPages(t *testing.T) {
	h := lite(t)
	h.source = h.server()
	if r := h.call("track", `{'userId': 'u1', 'event': 'A'}`, "Origin", "https://shop.example"); r.status != http.StatusForbidden {
		t.Errorf("from a page: %d %s", r.status, r.text)
	}
	if _, err := h.Create(t.Context(), Source{Name: "Both", Server: true, Origins: []string{"shop.example"}}, ""); err == nil {
		t.Error("a server with web sites was taken")
	}
	if _, err := h.Change(t.Context(), h.source.ID, "Back end", []string{"shop.example"}); err == nil {
		t.Error("a server was given web sites")
	}
}

func TestWhatIsRepeatedOfSomebodyErasedBringsNobodyBack(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		old := h.clock.Now().Format(time.RFC3339)
		identify := `{'messageId': 'm1', 'userId': 'u1', 'timestamp': '` + old + `', 'traits': {'email': 'sara@example.com', 'phone': '09121234567'}}`
		h.ok("identify", identify)
		h.clock.Advance(time.Hour)
		if _, err := h.leads.Erase(t.Context(), leads.EraseRequest{LeadID: h.lead("u1").ID, Reason: "they asked"}); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(time.Minute)
		h.ok("identify", identify)
		for _, late := range []string{`'userId': 'u1'`, `'userId': 'u9', 'traits': {'email': 'Sara@example.com'}`, `'anonymousId': 'b8', 'traits': {'phone': '+98 912 123 4567'}`} {
			h.ok("identify", `{'timestamp': '`+old+`', `+late+`}`)
		}
		h.ok("track", `{'userId': 'u1', 'event': 'Bought', 'timestamp': '`+old+`'}`)
		if n := h.count("leads"); n != 1 {
			t.Errorf("%d leads, want only the empty one", n)
		}
		recent, err := h.Recent(t.Context(), h.source.ID)
		if err != nil || recent[0].State != stateRefused || recent[0].Why != "errors.tracking.erased" {
			t.Errorf("the page says %+v, %v", recent, err)
		}
		h.ok("identify", `{'userId': 'u1', 'traits': {'email': 'sara@example.com'}}`)
		if n := h.count("leads"); n != 2 {
			t.Errorf("%d leads: what they say anew counts", n)
		}
	})
}

func TestAViewCommittedWhileItsVisitorSaysWhoTheyAreIsTheirs(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.ok("identify", `{'userId': 'u1', 'anonymousId': 'browser-1'}`)
		l := h.lead("u1")
		view := &leads.Event{VisitorID: "browser-1", Name: "Page Viewed", Source: "tracking:1"}
		if err := h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error { return h.leads.Record(ctx, tx, view) }); err != nil {
			t.Fatal(err)
		}
		if err := h.OnEvents(t.Context(), []*leads.Event{view}); err != nil {
			t.Fatal(err)
		}
		if got := h.names(l.ID); got != "Identified, Page Viewed, Past Joined" {
			t.Errorf("timeline: %s", got)
		}
		if err := h.OnEvents(t.Context(), []*leads.Event{view}); err != nil || h.names(0) != "" || h.count("events") != 3 {
			t.Errorf("told twice: %d events (%v)", h.count("events"), err)
		}
	})
}

func TestNamesMadeUpWithoutEndAreRefusedAtABound(t *testing.T) {
	h := lite(t)
	wide := func(prefix string) string {
		traits := ""
		for i := range 260 {
			traits += `'` + prefix + string(rune('a'+i%26)) + string(rune('a'+i/26)) + `': 1,`
		}
		return `{'userId': 'u1', 'traits': {` + traits + `'plan': 'gold'}}`
	}
	h.ok("identify", wide("x"))
	if r := h.call("identify", wide("y")); r.status != http.StatusBadRequest || h.count("events") != 1 {
		t.Errorf("521 attributes: %d %s", r.status, r.text)
	}
	h.ok("identify", `{'userId': 'u1', 'traits': {'plan': 'silver'}}`)
}
