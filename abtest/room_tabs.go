package abtest

import "github.com/sarnakh/sarnakh/internal/web"

// roomTab is one of the pages about experiments.
type roomTab struct {
	Href, Label string
	Here        bool
}

// roomTabs are the row of tabs that list, library and planning share.
func roomTabs(page web.Page, here string) []roomTab {
	var tabs []roomTab
	for _, t := range []struct{ name, href string }{{"list", "/experiments"}, {"library", "/experiments/library"}, {"plan", "/experiments/plan"}} {
		tabs = append(tabs, roomTab{t.href, page.T("experiments.tab." + t.name), t.name == here})
	}
	return tabs
}
