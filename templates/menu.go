package templates

import (
	"slices"
	"strings"
)

// menuItem is a room of the workspace. Its words are a key of the catalogue; Also are
// addresses of pages that belong to the room and lie elsewhere.
type menuItem struct {
	Href, Icon, Words string
	Also              []string
	Here              bool // the page that is shown is one of the room's
}

// menuGroup is what belongs together in the menu; the first has no name and is always
// shown.
type menuGroup struct {
	Name  string // "audience"; its words are nav.group.audience
	Items []menuItem
	Open  bool
	Here  bool
}

// groups are the menu in its order. A new room is one line here.
var groups = []menuGroup{
	{Items: []menuItem{
		{Href: "/", Icon: "home", Words: "nav.home"},
	}},
	{Name: "audience", Items: []menuItem{
		{Href: "/leads", Icon: "leads", Words: "nav.leads", Also: []string{"/imports", "/fields", "/merges"}},
		{Href: "/segments", Icon: "segments", Words: "segments.nav"},
		{Href: "/scoring", Icon: "flag", Words: "scoring.nav"},
	}},
	{Name: "marketing", Items: []menuItem{
		{Href: "/forms", Icon: "forms", Words: "nav.forms"},
		{Href: "/journeys", Icon: "journeys", Words: "nav.journeys", Also: []string{"/emails"}},
		{Href: "/experiments", Icon: "experiments", Words: "nav.experiments"},
		{Href: "/offers", Icon: "offers", Words: "nav.offers"},
		{Href: "/loyalty", Icon: "loyalty", Words: "nav.loyalty"},
	}},
	{Name: "connections", Items: []menuItem{
		{Href: "/sources", Icon: "bolt", Words: "tracking.nav"},
		{Href: "/webhooks", Icon: "link", Words: "nav.webhooks"},
		{Href: "/settings/keys", Icon: "key", Words: "nav.keys"},
		{Href: mailboxPath, Icon: "mailbox", Words: "nav.mailbox"},
	}},
}

// mailboxPath is shown only where mails stay in the house.
const mailboxPath = "/dev/mailbox"

// menu is the menu of the page at path. Groups that the reader folded away, by name with
// commas between, are closed, except for the one that the page belongs to.
func menu(path, folded string, mailbox bool) []menuGroup {
	out := make([]menuGroup, len(groups))
	for i, g := range groups {
		g.Items = slices.Clone(g.Items)
		if !mailbox {
			g.Items = slices.DeleteFunc(g.Items, func(item menuItem) bool { return item.Href == mailboxPath })
		}
		for j := range g.Items {
			item := &g.Items[j]
			item.Here = active(path, item.Href) || slices.ContainsFunc(item.Also, func(href string) bool { return active(path, href) })
			g.Here = g.Here || item.Here
		}
		g.Open = g.Here || !slices.Contains(strings.Split(folded, ","), g.Name)
		out[i] = g
	}
	return out
}
