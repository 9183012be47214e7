package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/web"
)

// TestANarrowKeyNeitherReadsByWritingNorEndsAWiderOne gives scripts the least they need.
func TestANarrowKeyNeitherReadsByWritingNorEndsAWiderOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	key := func(scopes ...string) (id int64, header string) {
		k, whole, err := h.access.CreateKey(t.Context(), strings.Join(scopes, " "), "test", web.Scopes(scopes))
		if err != nil {
			t.Fatal(err)
		}
		return k.ID, "Authorization: Bearer " + whole
	}
	_, writes := key("leads:write")
	h.send("POST", "/api/v1/leads", `{"email":"sara@private.example","first_name":"Sara","phone":"09121234567"}`, h.authority(), "Content-Type: application/json")
	a := h.send("POST", "/api/v1/leads", `{"email":"sara@private.example","country":"IR"}`, writes, "Content-Type: application/json")
	if a.StatusCode != 200 || strings.Contains(a.body, "Sara") || strings.Contains(a.body, "0912") || !strings.Contains(a.body, `"id":`) {
		t.Errorf("by writing one reads: %d %s", a.StatusCode, a.body)
	}
	root, _ := key("*", "leads:read")
	_, keys := key("keys:read", "keys:write")
	if a := h.send("DELETE", fmt.Sprintf("/api/v1/keys/%d", root), "", keys); a.StatusCode != 403 {
		t.Errorf("a key for keys ends one that may do everything: %d %s", a.StatusCode, a.body)
	}
	narrow, _ := key("keys:read")
	if a := h.send("DELETE", fmt.Sprintf("/api/v1/keys/%d", narrow), "", keys); a.StatusCode != 200 {
		t.Errorf("and one that may do less: %d %s", a.StatusCode, a.body)
	}
}
