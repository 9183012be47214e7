package access

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestPagesSpeakPersianWithoutGaps(t *testing.T) {
	s := newSite(t, "http://127.0.0.1")
	c := s.browser(t)
	check := func(name, path string, want int) {
		t.Helper()
		a := s.get(t, c, path, "Accept-Language", "fa")
		if a.status != want || !strings.Contains(a.text, `dir="rtl"`) || strings.Contains(a.text, "⟦") {
			t.Errorf("%s: %d\n%s", name, a.status, a.text)
		}
	}
	check("setup without a link", "/setup", http.StatusOK)
	check("setup with an old link", "/setup?token=old", http.StatusNotFound)
	s.user(t, "mina@example.com")
	check("sign-in", "/signin", http.StatusOK)
	check("old sign-in link", "/signin/link?token=old", http.StatusNotFound)
	s.signIn(t, c, "mina@example.com", goodPassword)
	check("keys", "/settings/keys", http.StatusOK)
}

func TestALanguageSwitchKeepsTheLink(t *testing.T) {
	s := newSite(t, "http://127.0.0.1")
	a := s.get(t, s.browser(t), "/setup?token=abc")
	if !regexp.MustCompile(`name="return" value="/setup\?token=abc"`).MatchString(a.text) {
		t.Errorf("the switch leads elsewhere:\n%s", a.text)
	}
}
