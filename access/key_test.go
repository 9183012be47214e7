package access

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

func (h house) who(key string) (web.Principal, error) {
	r := httptest.NewRequest(http.MethodGet, "/api/v1/leads", nil)
	r.Header.Set("Authorization", "Bearer "+key)
	return h.Who(r)
}

func TestAKeyOpensUntilItIsRevoked(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ctx := context.Background()
		k, whole, err := h.CreateKey(ctx, "  shop  ", "mina@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^srk_[a-z2-7]{8}_[a-z2-7]{26}$`).MatchString(whole) {
			t.Errorf("key %q", whole)
		}
		for range 2 { // from the table, then from memory
			if p, err := h.who(whole); err != nil || p.Kind != "key" || p.ID != k.ID || p.Name != "shop" {
				t.Errorf("who: %v, %v", p, err)
			}
		}
		if err := h.RevokeKey(ctx, k.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.who(whole); !errors.Is(err, errs.Unauthorized) {
			t.Errorf("revoked key: %v, want Unauthorized", err)
		}
		if err := h.RevokeKey(ctx, k.ID); err != nil {
			t.Errorf("revoking again: %v", err)
		}
		if err := h.RevokeKey(ctx, 999); !errors.Is(err, errs.NotFound) {
			t.Errorf("unknown key: %v, want NotFound", err)
		}
		if _, _, err := h.CreateKey(ctx, "shop", ""); err != nil {
			t.Errorf("the name of a revoked key: %v", err)
		}
		if _, _, err := h.CreateKey(ctx, "shop", ""); !errors.Is(err, errs.Conflict) {
			t.Errorf("the name of a working key: %v, want a Conflict", err)
		}
		keys, err := h.ListKeys(ctx)
		if err != nil || len(keys) != 2 || keys[0].Revoked() || !keys[1].Revoked() {
			t.Errorf("keys: %v, %v", keys, err)
		}
	})
}

func TestOnlyTheWholeKeyOpens(t *testing.T) {
	h := newHouse(t, lite(t), "")
	_, whole, err := h.CreateKey(context.Background(), "shop", "")
	if err != nil {
		t.Fatal(err)
	}
	prefix, secret, _ := splitKey(whole)
	for _, bad := range []string{
		"", "srk_", whole[:len(whole)-1], whole + "a", strings.ToUpper(whole), "srk_" + prefix + "_", "srk__" + secret,
		prefix + "_" + secret, "srk_\x00_" + secret, strings.Repeat("x", 5000),
	} {
		if _, err := h.who(bad); !errors.Is(err, errs.Unauthorized) {
			t.Errorf("%.40q: %v, want Unauthorized", bad, err)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.SetBasicAuth("mina", whole)
	if _, err := h.Who(r); !errors.Is(err, errs.Unauthorized) {
		t.Errorf("basic authorization: %v", err)
	}
}

func TestAKeysUseIsNotedOnceAMinute(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		_, whole, err := h.CreateKey(context.Background(), "shop", "")
		if err != nil {
			t.Fatal(err)
		}
		first := h.wall.Now()
		for _, step := range []struct {
			wait time.Duration
			want time.Time
		}{{0, first}, {59 * time.Second, first}, {time.Second, first.Add(time.Minute)}} {
			h.wall.Advance(step.wait)
			if _, err := h.who(whole); err != nil {
				t.Fatal(err)
			}
			keys, err := h.ListKeys(context.Background())
			if err != nil || !keys[0].LastUsedAt.Equal(step.want) {
				t.Errorf("last used %v, want %v (%v)", keys[0].LastUsedAt, step.want, err)
			}
		}
	})
}

func TestAKeyFoundBeforeARevocationIsNotRemembered(t *testing.T) {
	h := newHouse(t, lite(t), "")
	_, mark := h.keys.get("srk_a_b")
	h.keys.forget() // a revocation between the look-up and its result
	h.keys.put("srk_a_b", &Key{ID: 1}, mark)
	if k, _ := h.keys.get("srk_a_b"); k != nil {
		t.Error("the cache took a key that may be revoked")
	}
}

func TestAnotherProcessRefusesARevokedKeyAfterSeconds(t *testing.T) {
	at := lite(t)
	h := newHouse(t, at, "")
	other := house{New(h.db, h.wall, h.log, ""), h.wall}
	k, whole, err := h.CreateKey(context.Background(), "shop", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.who(whole); err != nil {
		t.Fatal(err)
	}
	if err := h.RevokeKey(context.Background(), k.ID); err != nil {
		t.Fatal(err)
	}
	h.wall.Advance(keyCacheLife)
	if _, err := other.who(whole); !errors.Is(err, errs.Unauthorized) {
		t.Errorf("after %v: %v, want Unauthorized", keyCacheLife, err)
	}
}

func TestTheKeysPageShowsANewKeyOnce(t *testing.T) {
	s := newSite(t, "http://127.0.0.1")
	s.user(t, "mina@example.com")
	c := s.browser(t)
	s.signIn(t, c, "mina@example.com", goodPassword)
	if a := s.get(t, c, "/settings/keys"); a.status != http.StatusOK || !strings.Contains(a.text, "No keys yet") {
		t.Errorf("empty page: %d\n%s", a.status, a.text)
	}
	a := s.post(t, c, "/settings/keys", url.Values{"name": {"صندوق فروشگاه"}})
	whole := regexp.MustCompile(`srk_[a-z2-7]{8}_[a-z2-7]{26}`).FindString(a.text)
	if a.status != http.StatusOK || whole == "" {
		t.Fatalf("create: %d\n%s", a.status, a.text)
	}
	if a := s.get(t, c, "/who.json", "Authorization", "Bearer "+whole); a.status != http.StatusOK {
		t.Errorf("the key is refused: %d", a.status)
	}
	if a := s.get(t, c, "/settings/keys"); strings.Contains(a.text, whole) || !strings.Contains(a.text, whole[:12]) || !strings.Contains(a.text, "just now") {
		t.Errorf("list after the first use:\n%s", a.text)
	}
	for name, want := range map[string]int{"صندوق فروشگاه": http.StatusConflict, " ": http.StatusUnprocessableEntity} {
		if a := s.post(t, c, "/settings/keys", url.Values{"name": {name}}); a.status != want || !strings.Contains(a.text, "name-error") {
			t.Errorf("name %q: %d, want %d\n%s", name, a.status, want, a.text)
		}
	}
	if a := s.post(t, c, "/settings/keys/1/revoke", nil); a.location != "/settings/keys" {
		t.Errorf("revoke: %d to %q", a.status, a.location)
	}
	if a := s.get(t, c, "/settings/keys", "Accept-Language", "fa"); !strings.Contains(a.text, "باطل‌شده") {
		t.Errorf("after the revocation:\n%s", a.text)
	}
}

func TestKeysAreManagedOverTheAPI(t *testing.T) {
	s := newSite(t, "http://127.0.0.1")
	_, whole, err := s.CreateKey(context.Background(), "first", "")
	if err != nil {
		t.Fatal(err)
	}
	c := s.browser(t)
	auth := []string{"Authorization", "Bearer " + whole, "Content-Type", "application/json"}
	if a := s.do(t, c, http.MethodPost, "/api/v1/keys", `{"name":"second"}`, auth...); a.status != http.StatusCreated || !strings.Contains(a.text, `"key":"srk_`) {
		t.Errorf("create: %d\n%s", a.status, a.text)
	}
	if a := s.do(t, c, http.MethodGet, "/api/v1/keys", "", auth...); !strings.Contains(a.text, `"created_by":"first"`) || strings.Contains(a.text, "hash") {
		t.Errorf("list:\n%s", a.text)
	}
	if a := s.do(t, c, http.MethodDelete, "/api/v1/keys/1", "", auth...); a.status != http.StatusOK {
		t.Errorf("revoke: %d\n%s", a.status, a.text)
	}
	if a := s.do(t, c, http.MethodGet, "/api/v1/keys", "", auth...); a.status != http.StatusUnauthorized {
		t.Errorf("with the revoked key: %d", a.status)
	}
}
