package web

import (
	"net/http"
	"testing"
)

func TestProgramsAreKnownByWhatTheyCallThemselves(t *testing.T) {
	for agent, want := range map[string]bool{
		"": true,
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)":  true,
		"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)": true,
		"WhatsApp/2.23.20.0 A": true,
		"Viber/1":              true,
		"Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)": true,
		"okhttp/4.12.0": true,
		"axios/1.7.2":   true,
		"Java/17.0.1":   true,
		"Mozilla/5.0 (compatible; Barkrowler/0.9)":                                                                                             true,
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Snapchat/13.0":                              false,
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/480.0]":                        false,
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36":                          false,
		"Mozilla/5.0 (Linux; Android 15; WhatsApp) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/140.0 Mobile Safari/537.36 Viber": false,
	} {
		r := &http.Request{Header: http.Header{"User-Agent": {agent}}}
		if got := IsBot(r); got != want {
			t.Errorf("%q is a program: %t, want %t", agent, got, want)
		}
	}
}
