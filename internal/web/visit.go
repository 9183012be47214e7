package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Visit is what a page view came with, in few words: figures are read by them.
type Visit struct {
	Device   string // one of Devices
	Channel  string // one of Channels
	Language string // in which the page was shown: "fa", "en"
}

// The words of a Visit.
var (
	Devices  = []string{"desktop", "phone", "tablet"}
	Channels = []string{"direct", "search", "social", "email", "ads", "referral"}
)

// The patterns follow the default channel grouping of Google Analytics, with the
// search engines and networks that Persian readers use.
var (
	phonePattern  = regexp.MustCompile(`(?i)mobi|iphone|ipod|android.*mobile`)
	tabletPattern = regexp.MustCompile(`(?i)ipad|tablet|kindle|silk|android`)
	paidPattern   = regexp.MustCompile(`(?i)^(.*cp.*|ppc|retargeting|paid.*|ads?|display|banner|interstitial)$`)
	searchHost    = regexp.MustCompile(`(?i)(^|\.)(google|bing|duckduckgo|yahoo|yandex|ecosia|baidu|zarebin)(\.|$)`)
	socialHost    = regexp.MustCompile(`(?i)(^|\.)(instagram|facebook|fb|twitter|x|linkedin|lnkd|t|telegram|pinterest|youtube|youtu|reddit|tiktok|threads|aparat|virasty|eitaa|bale|rubika|whatsapp|wa)(\.|$)`)
	mailPattern   = regexp.MustCompile(`(?i)^e-?mail$|^newsletter$`)
	socialPattern = regexp.MustCompile(`(?i)^(social|sm)([-_ ]?(network|media))?s?$`)
)

// VisitOf reads a request for a page that is shown in this language.
func VisitOf(r *http.Request, lang i18n.Lang) Visit {
	return Visit{Device: device(r.UserAgent()), Channel: channel(r), Language: string(lang)}
}

func device(agent string) string {
	switch {
	case phonePattern.MatchString(agent):
		return "phone"
	case tabletPattern.MatchString(agent):
		return "tablet"
	}
	return "desktop"
}

// channel is where a visit came from: what its link says of itself counts before the page
// that held it.
func channel(r *http.Request) string {
	q := r.URL.Query()
	medium, source := q.Get("utm_medium"), strings.ToLower(q.Get("utm_source"))
	switch {
	case mailPattern.MatchString(medium) || mailPattern.MatchString(source):
		return "email"
	case paidPattern.MatchString(medium) || q.Has("gclid") || q.Has("yclid") || q.Has("msclkid"):
		return "ads"
	case socialPattern.MatchString(medium) || socialHost.MatchString(source):
		return "social"
	case strings.EqualFold(medium, "organic") || searchHost.MatchString(source):
		return "search"
	case source != "" || medium != "":
		return "referral"
	}
	from, err := url.Parse(r.Referer())
	switch {
	case err != nil || from.Hostname() == "" || from.Host == r.Host:
		return "direct"
	case searchHost.MatchString(from.Hostname()):
		return "search"
	case socialHost.MatchString(from.Hostname()):
		return "social"
	}
	return "referral"
}
