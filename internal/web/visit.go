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
	tabletPattern = regexp.MustCompile(`(?i)ipad|tablet|kindle`)
	phonePattern  = regexp.MustCompile(`(?i)mobi|iphone|ipod`)
	otherPattern  = regexp.MustCompile(`(?i)silk|android`) // tablets, when they are no phones
	paidPattern   = regexp.MustCompile(`(?i)^(.*cp.*|ppc|retargeting|paid.*|ads?|display|banner|interstitial)$`)
	searchHost    = regexp.MustCompile(`(?i)(^|\.)(google|bing|duckduckgo|yahoo|yandex|ecosia|baidu|zarebin)(\.|$)`)
	socialHost    = regexp.MustCompile(`(?i)(^|\.)(instagram|facebook|fb|twitter|linkedin|lnkd|telegram|pinterest|youtube|youtu|reddit|tiktok|threads|aparat|virasty|eitaa|bale|rubika|whatsapp)(\.|$)`)
	// Names of one or two letters are those of a network only as a whole, for shops have such hosts too.
	shortHost     = regexp.MustCompile(`(?i)^(www\.)?(t\.me|t\.co|x\.com|wa\.me)$`)
	shortSource   = regexp.MustCompile(`^(x|wa)$`)
	mailHost      = regexp.MustCompile(`(?i)^e?mail\.[^.]+\.|\.mail\.|^(outlook|hotmail)\.|^com\.google\.android\.gm$`)
	mailPattern   = regexp.MustCompile(`(?i)^e-?mail$|^newsletter$`)
	socialPattern = regexp.MustCompile(`(?i)^(social|sm)([-_ ]?(network|media))?s?$`)
)

// VisitOf reads a request for a page that is shown in this language.
func VisitOf(r *http.Request, lang i18n.Lang) Visit {
	return Visit{Device: agentOf(r.UserAgent()).device, Channel: channel(r), Language: string(lang)}
}

func device(agent string) string {
	switch { // a tablet first, for those of Apple say Mobile too
	case tabletPattern.MatchString(agent):
		return "tablet"
	case phonePattern.MatchString(agent):
		return "phone"
	case otherPattern.MatchString(agent):
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
	case mailPattern.MatchString(medium) || mailPattern.MatchString(source) || mailHost.MatchString(source):
		return "email"
	case paidPattern.MatchString(medium) || q.Has("gclid") || q.Has("yclid") || q.Has("msclkid"):
		return "ads"
	case socialPattern.MatchString(medium) || social(source) || shortSource.MatchString(source):
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
	case mailHost.MatchString(from.Hostname()): // before search: most of them run a search engine too
		return "email"
	case searchHost.MatchString(from.Hostname()):
		return "search"
	case social(from.Hostname()):
		return "social"
	}
	return "referral"
}

// social says whether a host is a network's.
func social(host string) bool { return socialHost.MatchString(host) || shortHost.MatchString(host) }
