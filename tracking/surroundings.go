package tracking

import (
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/leads"
)

// maxAddress is how much of an address is kept.
const maxAddress = 500

// surroundings is what the context of a message says that we use. Addresses of
// machines, devices and programs are not kept.
type surroundings struct {
	page, path, title, referrer string
	touch                       leads.Touch // zero when the message tells of no campaign and no other site
	language                    i18n.Lang
	timeZone                    string // as said; see timeZone
}

// surroundings reads the context; what stands in it besides is nobody's concern.
func (r *reader) surroundings(context map[string]any) surroundings {
	page := r.objectAt("context.page", context["page"])
	campaign := r.objectAt("context.campaign", context["campaign"])
	soft := func(from map[string]any, field string, n int) string {
		text, _ := from[field].(string)
		return clip(text, n)
	}
	s := surroundings{
		page: soft(page, "url", maxAddress), path: soft(page, "path", maxAddress),
		title: soft(page, "title", maxName), referrer: soft(page, "referrer", maxAddress),
	}
	s.language, _ = i18n.Parse(soft(context, "locale", 35))
	s.timeZone = soft(context, "timezone", 64)

	address, err := url.Parse(s.page)
	if err != nil {
		address = &url.URL{}
	}
	query := address.Query()
	// The search stands apart where the address has been shortened.
	if more, err := url.ParseQuery(strings.TrimPrefix(soft(page, "search", 2*maxAddress), "?")); err == nil {
		for name, values := range more {
			query[name] = values
		}
	}
	say := func(field, param string) string {
		if text := soft(campaign, field, maxName); text != "" {
			return text
		}
		return clip(query.Get(param), maxName)
	}
	touch := leads.Touch{
		Source: say("source", "utm_source"), Medium: say("medium", "utm_medium"), Campaign: say("name", "utm_campaign"),
		Term: say("term", "utm_term"), Content: say("content", "utm_content"),
	}
	for _, name := range clickIDs {
		if id := clip(query.Get(name), maxName); id != "" {
			if touch.ClickIDs == nil {
				touch.ClickIDs = map[string]string{}
			}
			touch.ClickIDs[name] = id
		}
	}
	if from, err := url.Parse(s.referrer); err == nil && from.Host != "" && !strings.EqualFold(from.Host, address.Host) {
		touch.Referrer = s.referrer
	}
	if !touch.IsZero() {
		touch.Page, touch.Landing = s.page, s.page
		s.touch = touch
	}
	return s
}

// clickIDs are the parameters by which networks for advertisements mark a click.
var clickIDs = []string{"gclid", "gbraid", "wbraid", "dclid", "fbclid", "msclkid", "yclid", "ttclid", "twclid", "li_fat_id"}

// zones are the names that were found to be zones: looking one up opens a file.
var zones sync.Map

// timeZone is the name of a zone that exists, else "".
func timeZone(name string) string {
	if name == "" || name == "Local" {
		return ""
	}
	if _, known := zones.Load(name); known {
		return name
	}
	if _, err := time.LoadLocation(name); err != nil {
		return ""
	}
	zones.Store(name, true)
	return name
}
