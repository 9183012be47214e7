package tracking

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func TestIdentifyMakesALead(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.ok("identify", `{'userId': 'u1', 'anonymousId': 'browser-1', 'messageId': 'm1', 'traits': {
			'email': 'Sara@Example.com', 'phone': '۰۹۱۲ ۱۲۳ ۴۵۶۷', 'firstName': 'سارا', 'lastName': 'رضایی', 'locale': 'fa-IR',
			'address': {'country': 'IR', 'city': 'Tehran'}, 'timezone': 'Asia/Tehran', 'plan': 'gold', 'seats': 4,
			'company': {'name': 'Cafe', 'industry': 'coffee'}, 'owner': 'boss@example.com'}}`)
		l := h.lead("u1")
		got := fmt.Sprint(l.Email, l.PhoneNorm, l.FirstName, l.LastName, l.Language, l.Country, l.TimeZone, l.Owner)
		if want := fmt.Sprint("Sara@Example.com", "+989121234567", "سارا", "رضایی", "fa", "IR", "Asia/Tehran", ""); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if want := "map[address_city:Tehran company:Cafe company_industry:coffee plan:gold seats:4 trait_owner:boss@example.com]"; fmt.Sprint(l.Attributes) != want {
			t.Errorf("attributes %v", l.Attributes)
		}
		if n := h.count("consents"); n != 0 {
			t.Errorf("tracking granted %d consents", n)
		}
		if h.names(l.ID) != EventIdentified {
			t.Errorf("timeline: %s", h.names(l.ID))
		}
		h.ok("identify", `{'userId': 'u1', 'traits': {'name': 'Sara Rezaei Nik'}}`)
		if l = h.lead("u1"); l.FirstName != "Sara" || l.LastName != "Rezaei Nik" || l.Attributes["plan"] != "gold" {
			t.Errorf("by user id: %+v", l)
		}
		// Whoever knows an address and the public key renames nobody.
		h.ok("identify", `{'userId': 'thief', 'traits': {'email': 'sara@example.com', 'name': 'No Body', 'plan': 'none'}}`)
		if l = h.lead("u1"); l.FirstName != "Sara" || l.Attributes["plan"] != "gold" || l.EmailNorm != "sara@example.com" {
			t.Errorf("by e-mail alone: %+v", l)
		}
	})
}

func TestWhatAVisitorDidFollowsWhenTheySayWhoTheyAre(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.ok("page", `{'anonymousId': 'browser-1', 'context': {'page': {'url': 'https://shop.example/a'}}}`)
		h.ok("track", `{'anonymousId': 'browser-2', 'event': 'Video Played'}`)
		if h.names(0) != "Page Viewed, Video Played" || h.count("leads") != 0 {
			t.Fatalf("anonymous: %s, %d leads", h.names(0), h.count("leads"))
		}
		h.clock.Advance(time.Minute)
		h.ok("track", `{'userId': 'u1', 'anonymousId': 'browser-1', 'event': 'Signed Up'}`)
		l := h.lead("u1")
		if h.names(l.ID) != "Page Viewed, Past Joined, Signed Up" || h.names(0) != "Video Played" {
			t.Errorf("after signing up: %s; unknown: %s", h.names(l.ID), h.names(0))
		}
		h.clock.Advance(time.Minute)
		h.ok("page", `{'anonymousId': 'browser-1', 'name': 'Pricing'}`)
		if h.names(l.ID) != "Page Viewed, Past Joined, Signed Up, Page Viewed" {
			t.Errorf("what the browser does later: %s", h.names(l.ID))
		}
		h.clock.Advance(time.Minute)
		h.ok("alias", `{'previousId': 'browser-2', 'userId': 'u1'}`)
		if h.names(l.ID) != "Page Viewed, Video Played, Past Joined, Signed Up, Page Viewed, Past Joined, Identity Linked" || h.names(0) != "" {
			t.Errorf("after alias: %s", h.names(l.ID))
		}
	})
}

func TestTwoLeadsAreNeverMergedByABrowserOrAnAlias(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.ok("identify", `{'userId': 'u1', 'anonymousId': 'shared-pc', 'traits': {'email': 'a@example.com'}}`)
		h.ok("identify", `{'userId': 'u2', 'anonymousId': 'shared-pc', 'traits': {'email': 'b@example.com'}}`)
		h.ok("alias", `{'previousId': 'u1', 'userId': 'u2'}`)
		a, b := h.lead("u1"), h.lead("u2")
		if a.MergedInto != 0 || b.MergedInto != 0 || h.names(a.ID) != EventIdentified {
			t.Errorf("merged: %+v %+v", a, b)
		}
		h.ok("page", `{'anonymousId': 'shared-pc'}`)
		if !strings.HasSuffix(h.names(b.ID), "Page Viewed") {
			t.Errorf("the browser is whose who said so last; theirs: %s", h.names(b.ID))
		}
	})
}

func TestAMergedLeadsBrowsersAndIdsLeadToWhoIsKept(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.ok("identify", `{'userId': 'u1', 'anonymousId': 'browser-1', 'traits': {'email': 'a@example.com'}}`)
		h.ok("identify", `{'userId': 'u2', 'anonymousId': 'browser-2', 'traits': {'email': 'b@example.com'}}`)
		kept, gone := h.lead("u1"), h.lead("u2")
		if _, err := h.leads.Merge(t.Context(), leads.MergeRequest{Kept: kept.ID, Other: gone.ID, By: "sara@example.com"}); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(time.Minute)
		h.ok("page", `{'anonymousId': 'browser-2'}`)
		h.ok("track", `{'userId': 'u2', 'event': 'Bought'}`)
		if got := h.names(kept.ID); !strings.HasSuffix(got, "Page Viewed, Bought") {
			t.Errorf("timeline: %s", got)
		}
	})
}

func TestFormFillersOwnWhatTheirBrowserDoesLater(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.ok("identify", `{'userId': 'u1', 'traits': {'email': 'a@example.com'}}`)
		l := h.lead("u1")
		filled := &leads.Event{LeadID: l.ID, VisitorID: "browser-9", Name: leads.EventFormSubmitted, ReceivedAt: noon}
		for range 2 { // a subscriber may hear of it twice
			if err := h.OnEvents(t.Context(), []*leads.Event{filled}); err != nil {
				t.Fatal(err)
			}
		}
		h.ok("page", `{'anonymousId': 'browser-9'}`)
		if h.names(l.ID) != "Identified, Page Viewed" {
			t.Errorf("timeline: %s", h.names(l.ID))
		}
		h.clock.Advance(visitorLife + time.Hour)
		if err := h.forgetVisitors(t.Context()); err != nil || h.count("visitors") != 0 {
			t.Errorf("%d browsers are remembered for ever (%v)", h.count("visitors"), err)
		}
	})
}

func TestAReplayChangesNothing(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		old := `{'batch': [
			{'type': 'identify', 'messageId': 'm1', 'userId': 'u1', 'traits': {'plan': 'silver'}},
			{'type': 'track', 'messageId': 'm2', 'userId': 'u1', 'event': 'A'},
			{'type': 'track', 'messageId': 'm2', 'userId': 'u1', 'event': 'A'}]}`
		h.ok("batch", old)
		h.ok("identify", `{'messageId': 'm3', 'userId': 'u1', 'traits': {'plan': 'gold'}}`)
		h.ok("import", old)
		l := h.lead("u1")
		if h.names(l.ID) != "Identified, A, Identified" || l.Attributes["plan"] != "gold" {
			t.Errorf("%s, plan %v", h.names(l.ID), l.Attributes["plan"])
		}
		recent, err := h.Recent(t.Context(), h.source.ID)
		if err != nil || len(recent) != 7 || recent[0].State != stateRepeated || recent[3].State != stateAccepted || recent[4].State != stateRepeated {
			t.Errorf("last messages: %+v (%v)", recent, err)
		}
		// Another source may call its messages the same.
		other, err := h.Create(t.Context(), Source{Name: "App"}, "")
		if err != nil {
			t.Fatal(err)
		}
		h.source = other
		h.ok("track", `{'messageId': 'm2', 'userId': 'u1', 'event': 'B'}`)
		if h.names(l.ID) != "Identified, A, Identified, B" {
			t.Errorf("of two sources: %s", h.names(l.ID))
		}
	})
}

func TestABadMessageSpoilsNoBatch(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		r := h.call("batch", `{'batch': [
			{'type': 'track', 'messageId': 'm0', 'userId': 'u1', 'event': 'Good'},
			{'type': 'track', 'messageId': 'm1', 'userId': 'u1', 'event': 7.5},
			{'type': 'track', 'messageId': 'm2', 'userId': 'u1', 'event': 'Huge', 'properties': {'cart': [{'price': 1e400}]}},
			{'type': 'identify', 'messageId': 'm3', 'userId': 'u1', 'traits': {'email': 'nonsense'}},
			{'type': 'track', 'messageId': 'm4', 'event': 'Whose'},
			'text', {'type': 'page', 'userId': 'u1', 'properties': {'title': 'a\u0000b'}},
			{'type': 'track', 'userId': 'u1', 'event': 'Consent Given'},
			{'type': 'page', 'userId': 'u1'}]}`)
		var a taken
		r.json(t, &a)
		var got []string
		for _, f := range a.Rejected {
			got = append(got, fmt.Sprint(f.Index, f.MessageID, f.Field))
		}
		want := "[1m1event 2m2properties.cart[0].price 3m3traits.email 4m4userId 5 6properties.title 7event]"
		if r.status != 200 || !a.Success || fmt.Sprint(got) != want {
			t.Errorf("%d %s\ngot  %v\nwant %v", r.status, r.text, got, want)
		}
		if l := h.lead("u1"); h.names(l.ID) != "Good, Page Viewed" || l.Email != "" {
			t.Errorf("stored: %s", h.names(l.ID))
		}
		if recent, err := h.Recent(t.Context(), h.source.ID); err != nil || len(recent) != 9 {
			t.Errorf("%d on the page (%v)", len(recent), err)
		}
	})
}

func TestUnreadableBodiesAreRefusedByName(t *testing.T) {
	h := lite(t)
	deep := strings.Repeat("{'a':", 30) + "1" + strings.Repeat("}", 30)
	for _, c := range []struct{ path, body, field string }{
		{"track", ``, "body"},
		{"track", `{'event': 'A'`, "body"},
		{"track", `[]`, "body"},
		{"track", `null`, "body"},
		{"track", strings.Repeat("[", 20_000), "body"},
		{"track", `{'userId': 'u'}`, "event"},
		{"track", `{'userId': {}, 'event': 'A'}`, "userId"},
		{"track", `{'userId': 12345678901234567890, 'event': 'A'}`, "userId"},
		{"track", `{'userId': 'u', 'event': '` + strings.Repeat("x", 201) + `'}`, "event"},
		{"track", `{'userId': 'u', 'event': 'A', 'properties': []}`, "properties"},
		{"track", `{'userId': 'u', 'event': 'A', 'properties': {'n': -1e999}}`, "properties.n"},
		{"track", `{'userId': 'u', 'event': 'A', 'properties': ` + deep + `}`, "properties" + strings.Repeat(".a", 19)},
		{"track", `{'userId': 'u', 'event': 'A', 'properties': {'a': ['\u0000']}}`, "properties.a[0]"},
		{"track", `{'userId': 'u', 'event': 'A', 'timestamp': 'yesterday'}`, "timestamp"},
		{"track", `{'userId': 'u', 'event': 'A', 'timestamp': 17}`, "timestamp"},
		{"track", `{'userId': 'u', 'event': 'A', 'context': 'x'}`, "context"},
		{"track", `{'userId': 'u', 'event': 'A', 'context': {'page': 'x'}}`, "context.page"},
		{"track", `{'userId': 'u', 'event': 'Points Earned'}`, "event"},
		{"track", `{'userId': 'u', 'event': 'A', 'x': '` + strings.Repeat("x", maxMessage) + `'}`, "body"},
		{"identify", `{'traits': {'plan': 'gold'}}`, "userId"},
		{"identify", `{'userId': 'u', 'traits': {'email': 5.5}}`, "traits.email"},
		{"group", `{'userId': 'u'}`, "groupId"},
		{"alias", `{'userId': 'u'}`, "previousId"},
		{"batch", `{}`, "batch"},
		{"batch", `{'batch': {}}`, "batch"},
		{"batch", `{'batch': [], 'sentAt': 'x'}`, "sentAt"},
		{"batch", `{'batch': [], 'context': 1}`, "context"},
		{"batch", `{'batch': [` + strings.Repeat("1,", maxMessages) + `1]}`, "batch"},
		{"batch", `{'batch': [], 'x': '` + strings.Repeat("x", maxBatch) + `'}`, "body"},
		{"batch", strings.Repeat("x", 2<<20), "body"},
	} {
		r := h.call(c.path, c.body)
		var a refused
		r.json(t, &a)
		if r.status != http.StatusBadRequest || a.Success || a.Fields[c.field] == "" || a.Message == "" {
			t.Errorf("%s %.80s: %d %s, want 400 for %s", c.path, c.body, r.status, r.text, c.field)
		}
	}
	if h.count("events")+h.count("leads") != 0 {
		t.Error("something was stored")
	}
}

func TestWhoMaySend(t *testing.T) {
	h := lite(t)
	body := `{'userId': 'u1', 'event': 'A'}`
	status := func(r reply) int { return r.status }
	plain := func(key string, headers ...string) int {
		body := fmt.Sprintf(`{"userId": "u1", "event": "A", "writeKey": %q}`, key)
		return h.ask("POST", "/v1/track", []byte(body), append(headers, "Content-Type", "text/plain")...).status
	}
	if got := plain(h.source.WriteKey); got != 200 {
		t.Errorf("write key in the body: %d", got)
	}
	if a, b, c := plain("wk_nobody"), plain(""), status(h.ask("POST", "/v1/batch", []byte(`{"batch":[]}`))); a != 401 || b != 401 || c != 401 {
		t.Errorf("unknown write keys: %d %d %d", a, b, c)
	}
	if r := h.ask("POST", "/v1/track", nil, "Authorization", "Basic bm9ib2R5OjEyMw=="); r.status != 401 || r.header.Get("WWW-Authenticate") != "" {
		t.Errorf("unknown key: %d, or browsers ask visitors for a password: %v", r.status, r.header)
	}
	one, err := h.Change(t.Context(), h.source.ID, "Web site", []string{"shop.example", "https://*.cafe.example:8443"})
	if err != nil || fmt.Sprint(one.Origins) != "[https://shop.example https://*.cafe.example:8443]" {
		t.Fatal(one.Origins, err)
	}
	for origin, want := range map[string]int{
		"": 200, "https://shop.example": 200, "https://www.cafe.example:8443": 200, "https://cafe.example:8443": 403,
		"http://shop.example": 403, "https://evil.example": 403, "https://evilcafe.example:8443": 403, "null": 403,
	} {
		if got := plain(h.source.WriteKey, "Origin", origin); got != want {
			t.Errorf("from %s: %d, want %d", origin, got, want)
		}
	}
	if _, err := h.Enable(t.Context(), h.source.ID, false); err != nil || status(h.call("track", body)) != 403 {
		t.Errorf("a source that is switched off is taken (%v)", err)
	}
	if _, err := h.Enable(t.Context(), h.source.ID, true); err != nil || status(h.call("track", body)) != 200 {
		t.Errorf("switched on again (%v)", err)
	}
	if _, err := h.Rotate(t.Context(), h.source.ID); err != nil || status(h.call("track", body)) != 401 {
		t.Errorf("the old key is taken after a new one was made (%v)", err)
	}
	if r := h.ask("OPTIONS", "/v1/batch", nil, "Origin", "https://shop.example"); r.status != 204 || r.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("preflight: %d %v", r.status, r.header)
	}
}

func TestTraitsAreBroughtToTheDeclaredFields(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		seats := &leads.Field{Kind: "field", Key: "seats", Label: i18n.Plain("Seats"), Type: leads.FieldNumber}
		if err := seats.Check(); err != nil {
			t.Fatal(err)
		}
		if err := h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			return h.leads.Kinds()[0].Apply(ctx, tx, seats)
		}); err != nil {
			t.Fatal(err)
		}
		h.ok("identify", `{'userId': 'u1', 'traits': {'seats': '۱۲', 'note': ''}}`)
		if l := h.lead("u1"); fmt.Sprint(l.Attributes) != "map[seats:12]" {
			t.Errorf("attributes %v", l.Attributes)
		}
		r := h.call("identify", `{'userId': 'u1', 'traits': {'seats': 'many'}}`)
		if r.status != 400 || !strings.Contains(r.text, "traits.seats") {
			t.Errorf("%d %s", r.status, r.text)
		}
	})
}

func TestTooFastIsToldWhenToComeAgain(t *testing.T) {
	h := lite(t)
	now := time.Unix(0, 0)
	h.pace = newPace(10, 5)
	h.pace.now = func() time.Time { return now }
	batch := `{'batch': [` + strings.Repeat(`{'type': 'page', 'userId': 'u'},`, 29) + `{'type': 'page', 'userId': 'u'}]}`
	h.ok("batch", batch)
	r := h.call("batch", batch)
	if r.status != 429 || r.header.Get("Retry-After") != "3" {
		t.Errorf("%d, come again in %s s", r.status, r.header.Get("Retry-After"))
	}
	now = now.Add(3 * time.Second)
	h.ok("batch", batch)
	now = now.Add(time.Hour)
	h.waiting.Add(mostWaiting + 1)
	if r := h.call("batch", batch); r.status != 429 || r.header.Get("Retry-After") != "1" {
		t.Errorf("with too much waiting: %d, come again in %s s", r.status, r.header.Get("Retry-After"))
	}
}

func TestPackedBodiesAreUnpackedToTheLimit(t *testing.T) {
	h := lite(t)
	pack := func(text string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write([]byte(text))
		_ = z.Close()
		return b.String()
	}
	good := pack(`{"event": "A", "userId": "u"}`)
	damaged := []byte(good)
	damaged[14] ^= 0xff
	for body, want := range map[string]int{good: 200, "nonsense": 400, good[:20]: 400, string(damaged): 400, pack(strings.Repeat(" ", 50<<20)): 400} {
		if r := h.call("track", body, "Content-Encoding", "gzip"); r.status != want {
			t.Errorf("%d bytes: %d %s, want %d", len(body), r.status, r.text, want)
		}
	}
}
