package access

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/sarnakh/sarnakh/internal/errs"
)

func TestFirstAccountIsMadeFromTheSetupLink(t *testing.T) {
	s := newSite(t, "http://127.0.0.1")
	c := s.browser(t)
	if a := s.get(t, c, "/signin?next=/leads"); a.location != "/setup" {
		t.Errorf("without any account the sign-in leads to %q", a.location)
	}
	if a := s.get(t, c, "/setup"); a.status != http.StatusOK || !strings.Contains(a.text, "printed a link") {
		t.Errorf("setup without a link: %d\n%s", a.status, a.text)
	}
	link, err := s.SetupLink(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(link, "http://127.0.0.1")
	if a := s.get(t, c, path); a.status != http.StatusOK || !strings.Contains(a.text, `name="again"`) {
		t.Fatalf("setup: %d\n%s", a.status, a.text)
	}
	form := url.Values{"token": {token(t, link)}, "email": {"mina@"}, "password": {"short"}, "again": {"other"}}
	a := s.post(t, c, "/setup", form)
	for _, want := range []string{`value="mina@"`, "email-error", "at least 10 characters", "not the same"} {
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text, want) {
			t.Errorf("bad form: %d, %q is missing\n%s", a.status, want, a.text)
		}
	}
	form = url.Values{"token": {token(t, link)}, "email": {"mina@example.com"}, "password": {goodPassword}, "again": {goodPassword}}
	if a := s.post(t, c, "/setup", form); a.status != http.StatusSeeOther || !s.signedIn(t, c) {
		t.Errorf("setup: %d, signed in %t", a.status, s.signedIn(t, c))
	}
	if a := s.post(t, s.browser(t), "/setup", form); a.status != http.StatusGone {
		t.Errorf("the link a second time: %d", a.status)
	}
	if a := s.get(t, c, path); a.location != "/signin" {
		t.Errorf("setup with an account leads to %q", a.location)
	}
	if _, err := s.SetupLink(context.Background()); !errors.Is(err, errs.Conflict) {
		t.Errorf("another setup link: %v, want a Conflict", err)
	}
}

func TestOfManySetupsAtOnceOneWins(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ctx := context.Background()
		const people = 4
		var tokens [people]string
		for i := range people {
			link, err := h.SetupLink(ctx)
			if err != nil {
				t.Fatal(err)
			}
			tokens[i] = token(t, link)
		}
		results := make([]error, people)
		var wg sync.WaitGroup
		for i := range people {
			wg.Go(func() { _, results[i] = h.setUp(ctx, tokens[i], string(rune('a'+i))+"@example.com", goodPassword) })
		}
		wg.Wait()
		won := 0
		for _, err := range results {
			switch {
			case err == nil:
				won++
			case !errors.Is(err, errs.Gone):
				t.Errorf("a loser hears %v, want Gone", err)
			}
		}
		if users, err := h.ListUsers(ctx); won != 1 || len(users) != 1 || err != nil {
			t.Errorf("%d won, %d accounts, %v", won, len(users), err)
		}
	})
}

func TestLookingAtASignInLinkDoesNotBurnIt(t *testing.T) {
	s := newSite(t, "http://127.0.0.1")
	link, err := s.SignInLink(context.Background(), s.user(t, "mina@example.com").ID)
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(link, "http://127.0.0.1")
	c := s.browser(t)
	for range 2 {
		if a := s.get(t, c, path); a.status != http.StatusOK || s.signedIn(t, c) {
			t.Fatalf("look: %d, signed in %t", a.status, s.signedIn(t, c))
		}
	}
	form := url.Values{"token": {token(t, link)}}
	if a := s.post(t, c, "/signin/link", form); a.status != http.StatusSeeOther || !s.signedIn(t, c) {
		t.Errorf("use: %d, signed in %t", a.status, s.signedIn(t, c))
	}
	again := s.browser(t)
	if a := s.post(t, again, "/signin/link", form); a.status != http.StatusGone || s.signedIn(t, again) {
		t.Errorf("second use: %d, signed in %t", a.status, s.signedIn(t, again))
	}
	if a := s.get(t, again, path); a.status != http.StatusGone {
		t.Errorf("look at a used link: %d", a.status)
	}
	if a := s.get(t, again, "/signin/link?token=nonsense"); a.status != http.StatusNotFound {
		t.Errorf("unknown link: %d", a.status)
	}
}

func TestALinkExpiresByTheWallClock(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ctx := context.Background()
		setup, err := h.SetupLink(ctx)
		if err != nil {
			t.Fatal(err)
		}
		h.wall.Advance(linkLife)
		if _, err := h.setUp(ctx, token(t, setup), "mina@example.com", goodPassword); !errors.Is(err, errs.Gone) {
			t.Errorf("old setup link: %v, want Gone", err)
		}
		link, err := h.SignInLink(ctx, h.user(t, "mina@example.com").ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.useSignInLink(ctx, token(t, setup)); !errors.Is(err, errs.Gone) {
			t.Errorf("a setup link signs in: %v", err)
		}
		h.wall.Advance(linkLife)
		if _, err := h.useSignInLink(ctx, token(t, link)); !errors.Is(err, errs.Gone) {
			t.Errorf("old link: %v, want Gone", err)
		}
		if _, err := h.SignInLink(ctx, 999); !errors.Is(err, errs.NotFound) {
			t.Errorf("link for nobody: %v, want NotFound", err)
		}
	})
}

func TestOfManyUsesOfALinkOneWins(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ctx := context.Background()
		link, err := h.SignInLink(ctx, h.user(t, "mina@example.com").ID)
		if err != nil {
			t.Fatal(err)
		}
		results := make(chan error, 8)
		for range cap(results) {
			go func() {
				_, err := h.useSignInLink(ctx, token(t, link))
				results <- err
			}()
		}
		won := 0
		for range cap(results) {
			if err := <-results; err == nil {
				won++
			} else if !errors.Is(err, errs.Gone) {
				t.Errorf("%v, want Gone", err)
			}
		}
		if won != 1 {
			t.Errorf("%d signed in with one link", won)
		}
	})
}
