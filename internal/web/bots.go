package web

import (
	"net/http"
	"regexp"
)

var botPattern = regexp.MustCompile(`(?i)bot\b|crawl|spider|slurp|preview|headless|lighthouse|monitor|curl/|wget/|python-|go-http-client|libwww|httpclient|^$`)

// IsBot says whether a program rather than a person asks, by what it calls itself.
// Programs are shown pages and counted nowhere, by this one rule in every variant.
func IsBot(r *http.Request) bool { return botPattern.MatchString(r.UserAgent()) }
