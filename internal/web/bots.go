package web

import (
	"net/http"
	"regexp"
	"strings"
)

// botPattern finds what programs call themselves, wherever it stands: crawlers, those that
// look a link up for a preview, and libraries. Most tell an address of theirs.
var botPattern = regexp.MustCompile(`(?i)bot\b|crawl|spider|slurp|preview|headless|lighthouse|monitor|curl/|wget/|python-|go-http-client|libwww|httpclient|` +
	`\+https?:|facebookexternalhit|facebookcatalog|inspectiontool|googleother|mediapartners|imageproxy|imgproxy|iframely|embedly|barkrowler|feedfetcher|scrapy|node-fetch|undici|postman|` +
	`^(whatsapp|viber|snapchat|okhttp|axios|java|php|ruby|dart|perl|node)\b|^$`)

// IsBot says whether a program rather than a person asks, by what it calls itself.
// Programs are shown pages and counted nowhere, by this one rule in every variant.
func IsBot(r *http.Request) bool { return agentOf(r.UserAgent()).bot }

// LooksAhead says whether a browser fetches a page in case it is wanted: nobody has seen it
// yet.
func LooksAhead(r *http.Request) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Moz"} {
		if strings.Contains(strings.ToLower(r.Header.Get(name)), "prefetch") {
			return true
		}
	}
	return false
}
