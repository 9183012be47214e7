package web

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestAVisitIsReadFromItsLinkAndItsReferrer(t *testing.T) {
	const phone = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
	for _, c := range []struct{ target, referrer, agent, device, channel string }{
		{"/p/guide", "", "Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0", "desktop", "direct"},
		{"/p/guide", "https://shop.example/p/other", phone, "phone", "direct"},
		{"/p/guide", "https://www.google.com/", "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) Safari", "tablet", "search"},
		{"/p/guide", "https://t.me/s/kafe", "Mozilla/5.0 (Linux; Android 13; SM-X200) Safari", "tablet", "social"},
		{"/p/guide", "https://x.com/kafe", phone, "phone", "social"},
		{"/p/guide", "https://netflix.com/", phone, "phone", "referral"},
		{"/p/guide", "https://t.co/abc", "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/120.0 Mobile/15E148 Safari/604.1", "tablet", "social"},
		{"/p/guide", "https://wa.me/98912", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) CriOS/120.0 Mobile/15E148 Safari/604.1", "phone", "social"},
		{"/p/guide", "https://t.myshop.ir/", "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0", "phone", "referral"},
		{"/p/guide", "https://x.myshop.ir/", "Mozilla/5.0 (Android 14; Tablet; rv:130.0) Gecko/130.0 Firefox/130.0", "tablet", "referral"},
		{"/p/guide", "https://wa.myshop.ir/", "Mozilla/5.0 (Linux; Android 5.1; KFGIWI) Silk/120.0 Mobile Safari/537.36", "phone", "referral"},
		{"/p/guide", "https://shop.x.com.example/", phone, "phone", "referral"},
		{"/p/guide", "https://mail.google.com/", phone, "phone", "email"},
		{"/p/guide", "https://mail.yahoo.com/", phone, "phone", "email"},
		{"/p/guide", "https://outlook.live.com/", phone, "phone", "email"},
		{"/p/guide", "android-app://com.google.android.gm/", phone, "phone", "email"},
		{"/p/guide?utm_source=t.me", "", phone, "phone", "social"},
		{"/p/guide?utm_source=x", "", phone, "phone", "social"},
		{"/p/guide?utm_source=t.myshop.ir", "", phone, "phone", "referral"},
		{"/p/guide?utm_source=google&utm_medium=cpc", "https://www.google.com/", phone, "phone", "ads"},
		{"/p/guide?gclid=1", "", phone, "phone", "ads"},
		{"/p/guide?utm_source=instagram", "https://l.instagram.com/", phone, "phone", "social"},
		{"/p/guide?utm_medium=email&utm_source=spring", "https://mail.google.com/", phone, "phone", "email"},
		{"/p/guide?utm_source=partner", "", phone, "phone", "referral"},
		{"/p/guide?utm_source=%zz", ":::", phone, "phone", "direct"},
	} {
		r := httptest.NewRequest("GET", "https://shop.example/p/guide", nil)
		if _, query, ok := strings.Cut(c.target, "?"); ok {
			r.URL.RawQuery = query
		}
		r.Header.Set("Referer", c.referrer)
		r.Header.Set("User-Agent", c.agent)
		v := VisitOf(r, "fa")
		if v.Device != c.device || v.Channel != c.channel || v.Language != "fa" {
			t.Errorf("%s from %q: %+v, want %s, %s", c.target, c.referrer, v, c.device, c.channel)
		}
		if !slices.Contains(Devices, v.Device) || !slices.Contains(Channels, v.Channel) {
			t.Errorf("%+v is in no list", v)
		}
	}
}
