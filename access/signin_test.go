package access

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func (s site) signIn(t *testing.T, c *http.Client, email, password string) answer {
	t.Helper()
	return s.post(t, c, "/signin", url.Values{"email": {email}, "password": {password}, "next": {"/leads?q=1"}})
}

func TestSignInLeadsWhereOneWantedToGo(t *testing.T) {
	s := newSite(t, "http://127.0.0.1")
	s.user(t, "mina@example.com")
	c := s.browser(t)
	if a := s.signIn(t, c, "Mina@Example.com", goodPassword); a.status != http.StatusSeeOther || a.location != "/leads?q=1" {
		t.Errorf("sign-in: %d to %q", a.status, a.location)
	}
	if !s.signedIn(t, c) {
		t.Error("not signed in")
	}
	if a := s.get(t, c, "/signin?next=//evil.example"); a.location != "/" {
		t.Errorf("sign-in page leads to %q", a.location)
	}
	if a := s.post(t, c, "/signout", nil); a.status != http.StatusSeeOther || s.signedIn(t, c) {
		t.Errorf("after the sign-out: %d, signed in %t", a.status, s.signedIn(t, c))
	}
}

func TestUnknownAccountAndWrongPasswordReadTheSame(t *testing.T) {
	s := newSite(t, "http://127.0.0.1")
	s.user(t, "mina@example.com")
	c := s.browser(t)
	wrong := s.signIn(t, c, "mina@example.com", "not the password")
	unknown := s.signIn(t, c, "nima@example.com", "not the password")
	for name, a := range map[string]answer{"wrong password": wrong, "unknown account": unknown} {
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text, "is not right") {
			t.Errorf("%s: %d\n%s", name, a.status, a.text)
		}
	}
	for _, email := range []string{"a\x00b@example.com", "\xff@example.com", strings.Repeat("a", 2000)} {
		if a := s.signIn(t, c, email, "not the password"); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%.20q: %d", email, a.status)
		}
	}
}

func TestGuessingIsSlowedDownForOneAccount(t *testing.T) {
	s := newSite(t, "http://127.0.0.1")
	s.user(t, "mina@example.com")
	c := s.browser(t)
	for range triesPerAccount {
		s.signIn(t, c, "mina@example.com", "not the password")
	}
	a := s.signIn(t, c, "mina@example.com", goodPassword)
	if a.status != http.StatusTooManyRequests || !strings.Contains(a.text, "30 seconds") {
		t.Errorf("after %d tries: %d\n%s", triesPerAccount, a.status, a.text)
	}
	s.wall.Advance(tryAgainAccount)
	if a := s.signIn(t, c, "mina@example.com", goodPassword); a.status != http.StatusSeeOther {
		t.Errorf("after waiting: %d", a.status)
	}
}

func TestOneAddressCannotTryEndlesslyManyAccounts(t *testing.T) {
	h := newHouse(t, lite(t), "")
	for i := range triesPerIP {
		if !h.byIP.take("192.0.2.1") {
			t.Fatalf("refused at try %d", i+1)
		}
	}
	if h.byIP.take("192.0.2.1") {
		t.Error("not refused")
	}
	if !h.byIP.take("192.0.2.2") {
		t.Error("a neighbour is refused")
	}
}

func TestSignInNeverTakesOverAPlantedSession(t *testing.T) {
	s := newSite(t, "http://127.0.0.1")
	s.user(t, "mina@example.com")
	attacker, victim := s.browser(t), s.browser(t)
	s.user(t, "attacker@example.com")
	s.signIn(t, attacker, "attacker@example.com", goodPassword)
	here, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	victim.Jar.SetCookies(here, attacker.Jar.Cookies(here))
	before := attacker.Jar.Cookies(here)[0].Value
	s.signIn(t, victim, "mina@example.com", goodPassword)
	if after := victim.Jar.Cookies(here)[0].Value; after == before {
		t.Error("the session kept its token")
	}
	if s.signedIn(t, attacker) {
		t.Error("the planted token still works")
	}
}

func TestSessionCookieIsOutOfReach(t *testing.T) {
	for publicURL, secure := range map[string]bool{"http://127.0.0.1": false, "https://crm.example.com": true} {
		s := newSite(t, publicURL)
		s.user(t, "mina@example.com")
		a := s.signIn(t, s.browser(t), "mina@example.com", goodPassword)
		c := a.cookies[0]
		if c.Name != sessionCookie || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure != secure || c.Path != "/" {
			t.Errorf("%s: %v", publicURL, c)
		}
		var stored []string
		if err := s.db.Read().NewSelect().Table("sessions").Column("token_hash").Scan(context.Background(), &stored); err != nil {
			t.Fatal(err)
		}
		if len(stored) != 1 || stored[0] == c.Value {
			t.Errorf("stored %v for cookie %q, want its hash", stored, c.Value)
		}
	}
}

func TestSessionsExpireAndAreSweptOut(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ctx := context.Background()
		store := &sessionStore{db: h.db, wall: h.wall}
		for _, data := range []string{"before", "after"} {
			if err := store.CommitCtx(ctx, "hash", []byte(data), h.wall.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if data, found, err := store.FindCtx(ctx, "hash"); string(data) != "after" || !found || err != nil {
			t.Errorf("found %q, %t, %v", data, found, err)
		}
		h.wall.Advance(time.Hour)
		if _, found, err := store.FindCtx(ctx, "hash"); found || err != nil {
			t.Errorf("expired session: found %t, %v", found, err)
		}
		if err := h.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if n, err := h.db.Read().NewSelect().Table("sessions").Count(ctx); n != 0 || err != nil {
			t.Errorf("%d sessions left, %v", n, err)
		}
	})
}

func TestAPostFromAnotherSiteIsRefused(t *testing.T) {
	s := newSite(t, "http://127.0.0.1")
	a := s.do(t, s.browser(t), http.MethodPost, "/signin", "email=a", "Content-Type", "application/x-www-form-urlencoded",
		"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")
	if a.status != http.StatusForbidden {
		t.Errorf("status %d, want 403", a.status)
	}
}
