package access

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
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
		k, whole, err := h.CreateKey(ctx, "  shop  ", "mina@example.com", Everything)
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
		if _, _, err := h.CreateKey(ctx, "shop", "", Everything); err != nil {
			t.Errorf("the name of a revoked key: %v", err)
		}
		if _, _, err := h.CreateKey(ctx, "shop", "", Everything); !errors.Is(err, errs.Conflict) {
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
	_, whole, err := h.CreateKey(context.Background(), "shop", "", Everything)
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
		_, whole, err := h.CreateKey(context.Background(), "shop", "", Everything)
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
	k, whole, err := h.CreateKey(context.Background(), "shop", "", Everything)
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
	a := s.post(t, c, "/settings/keys", url.Values{"name": {"صندوق فروشگاه"}, "scope": {"*"}})
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
		if a := s.post(t, c, "/settings/keys", url.Values{"name": {name}, "scope": {"*"}}); a.status != want || !strings.Contains(a.text, "name-error") {
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
	_, whole, err := s.CreateKey(context.Background(), "first", "", Everything)
	if err != nil {
		t.Fatal(err)
	}
	c := s.browser(t)
	auth := []string{"Authorization", "Bearer " + whole, "Content-Type", "application/json"}
	if a := s.do(t, c, http.MethodPost, "/api/v1/keys", `{"name":"second","scopes":["leads:read"]}`, auth...); a.status != http.StatusCreated || !strings.Contains(a.text, `"key":"srk_`) {
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

func TestAKeyHoldsTheScopesItWasGiven(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ctx := context.Background()
		for _, c := range []struct{ asked, want web.Scopes }{
			{web.Scopes{"offers:write", "leads:read", "leads:read"}, web.Scopes{"leads:read", "offers:write"}},
			{web.Scopes{"leads:read", "*"}, web.Scopes{"*"}},
		} {
			_, whole, err := h.CreateKey(ctx, c.asked[0], "", c.asked)
			if err != nil {
				t.Fatal(err)
			}
			if p, err := h.who(whole); err != nil || !slices.Equal(p.Scopes, c.want) {
				t.Errorf("asked for %v, got %v, %v", c.asked, p.Scopes, err)
			}
		}
		for _, bad := range []web.Scopes{nil, {}, {"leads"}, {"leads:read", "leads:delete"}, {""}} {
			_, _, err := h.CreateKey(ctx, "bad", "", bad)
			if fields, _ := errs.AsFields(err); fields["scopes"] == "" {
				t.Errorf("%q: %v, want a message for scopes", bad, err)
			}
		}
	})
}

func TestAKeyOfBeforeThereWereScopesMayDoEverything(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		prefix, secret := drawKey()
		err := h.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
			_, err := tx.NewInsert().Model(&Key{Name: "old", Prefix: prefix, SecretHash: hashSecret(secret), CreatedAt: h.wall.Now()}).
				ExcludeColumn("id", "scopes").Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if p, err := h.who(keyMark + prefix + "_" + secret); err != nil || !slices.Equal(p.Scopes, Everything) {
			t.Errorf("%v, %v", p, err)
		}
	})
}

func TestNobodyHandsOnMoreThanTheyHave(t *testing.T) {
	s := newSite(t, "http://127.0.0.1")
	c := s.browser(t)
	for _, k := range []struct {
		holds, asks string
		status      int
		says        string
	}{
		{"keys:write leads:read", `["leads:read"]`, http.StatusCreated, `"scopes":["leads:read"]`},
		{"keys:write leads:read", `["leads:read","keys:write"]`, http.StatusCreated, `"key":"srk_`},
		{"keys:write leads:read", `["leads:read","offers:write"]`, http.StatusForbidden, "offers:write"},
		{"keys:write leads:read", `["*"]`, http.StatusForbidden, "scope *"},
		{"keys:write leads:read", `[]`, http.StatusUnprocessableEntity, `"scopes":"`},
		{"keys:read leads:read", `["leads:read"]`, http.StatusForbidden, "keys:write"},
		{"*", `["*"]`, http.StatusCreated, `"scopes":["*"]`},
	} {
		_, whole, err := s.CreateKey(context.Background(), k.holds+k.asks, "", strings.Fields(k.holds))
		if err != nil {
			t.Fatal(err)
		}
		a := s.do(t, c, http.MethodPost, "/api/v1/keys", `{"name":"by `+strings.ReplaceAll(k.holds+k.asks, `"`, "")+`","scopes":`+k.asks+`}`,
			"Authorization", "Bearer "+whole, "Content-Type", "application/json")
		if a.status != k.status || !strings.Contains(a.text, k.says) {
			t.Errorf("%s makes %s: %d, want %d with %q\n%s", k.holds, k.asks, a.status, k.status, k.says, a.text)
		}
	}
}

func TestTheKeysPageAsksWhatAKeyMayDo(t *testing.T) {
	s := newSite(t, "http://127.0.0.1")
	s.user(t, "mina@example.com")
	c := s.browser(t)
	s.signIn(t, c, "mina@example.com", goodPassword)
	a := s.post(t, c, "/settings/keys", url.Values{"name": {"till"}})
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text, "Please choose what the key may do.") || !strings.Contains(a.text, `value="till"`) {
		t.Errorf("nothing chosen: %d\n%s", a.status, a.text)
	}
	a = s.post(t, c, "/settings/keys", url.Values{"name": {""}, "scope": {"offers:write"}})
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text, `value="offers:write" aria-label="Offers: change" checked`) {
		t.Errorf("the choice is lost: %d\n%s", a.status, a.text)
	}
	a = s.post(t, c, "/settings/keys", url.Values{"name": {"till"}, "scope": {"offers:write", "offers:read", "leads:read"}})
	if a.status != http.StatusOK || !strings.Contains(a.text, "<li>Leads: see</li><li>Offers: see and change</li>") {
		t.Errorf("create: %d\n%s", a.status, a.text)
	}
}
