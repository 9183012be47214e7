package webhooks

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/errs"
)

func TestOnlyTheOpenInternetIsPublic(t *testing.T) {
	for _, text := range []string{
		"127.0.0.1", "127.255.0.9", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
		"100.64.0.1", "100.127.255.255", "0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "240.0.0.1",
		"192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
		"::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "fec0::1", "2001:db8::1", "2001::1", "100::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
		"64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::1", "2002:c0a8:101::",
	} {
		if isPublic(netip.MustParseAddr(text)) {
			t.Errorf("%s counts as public", text)
		}
	}
	for _, text := range []string{"8.8.8.8", "172.32.0.1", "100.128.0.1", "185.143.233.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"} {
		if !isPublic(netip.MustParseAddr(text)) {
			t.Errorf("%s counts as private", text)
		}
	}
}

func TestAnAddressIsTidiedOrRefused(t *testing.T) {
	for text, want := range map[string]string{
		" https://Hooks.Example.com/in?key=1#x ": "https://hooks.example.com/in?key=1",
		"HTTP://example.com:8080":                "http://example.com:8080",
		"https://نمونه.ایران/نشانی":              "https://xn--mgbh4ay1d.xn--mgba3a4f16a/%D9%86%D8%B4%D8%A7%D9%86%DB%8C",
		"https://[2606:4700::1111]/a":            "https://[2606:4700::1111]/a",
	} {
		got, err := checkURL(text, false)
		if err != nil || !strings.HasPrefix(got, strings.SplitN(want, "xn--", 2)[0]) || strings.ContainsAny(got, " #") {
			t.Errorf("%q became %q, %v; want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"":                            "errors.required",
		"ftp://example.com":           "errors.webhooks.url",
		"javascript:alert(1)":         "errors.webhooks.url",
		"https://":                    "errors.webhooks.url",
		"https:///path":               "errors.webhooks.url",
		"example.com/hook":            "errors.webhooks.url",
		"https://exa mple.com":        "errors.webhooks.url",
		"https://user:pw@example.com": "errors.webhooks.credentials",
		"http://127.0.0.1/":           "errors.webhooks.private",
		"http://[::ffff:10.0.0.1]/":   "errors.webhooks.private",
		"http://localhost:9000/":      "errors.webhooks.private",
		"http://LOCALHOST./":          "errors.webhooks.private",
		"http://a.localhost/":         "errors.webhooks.private",
		"https://a.example/" + strings.Repeat("x", maxURL): "errors.max=2000",
	} {
		_, err := checkURL(text, false)
		if fields, _ := errs.AsFields(err); fields["url"] != want {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
	if got, err := checkURL("http://localhost:9000/a", true); err != nil || got != "http://localhost:9000/a" {
		t.Errorf("where the operator allows it: %q, %v", got, err)
	}
}

// FuzzAddress holds what is kept of an address to what we promise of it, whatever is
// typed in.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{
		"https://example.com/in?key=1#x", "http://[::1]:80/", "http://127.1/", "http://0x7f.0.0.1/", "https://نمونه.ایران/", "http://a@b/",
		"http://[fe80::1%25eth0]/", "http://example.com\\@127.0.0.1/", "HTTP://LOCALHOST", "http://１２７.０.０.１/", "https://a/%zz", "http://.", "http://..",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		kept, err := checkURL(text, false)
		if err != nil {
			return
		}
		again, err := checkURL(kept, false)
		if err != nil || again != kept {
			t.Errorf("%q is kept as %q, and that as %q, %v", text, kept, again, err)
		}
		u, err := url.Parse(kept)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Hostname() == "" || u.Fragment != "" {
			t.Errorf("%q is kept as %q", text, kept)
		}
		if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !isPublic(ip) {
			t.Errorf("%q leads to %s", text, ip)
		}
	})
}
