package abtest

import (
	"net/http"
	"strconv"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// takeAway is what the page offers to take along.
type takeAway struct {
	Shares    bool      // links can be made
	Link      string    // one that was just made
	LinkUntil time.Time // how long it works
	Working   string    // that links which were made still work; "" when none does
}

// takeAway shows the link that was made a moment ago, if the address names one.
func (p pages) takeAway(r *http.Request, page web.Page, key string) (takeAway, error) {
	t := takeAway{Shares: p.s.signer != nil}
	e, err := find(r.Context(), p.s.db.Read(), key)
	if err != nil || !t.Shares || !e.SharedUntil.After(p.s.clock.Now()) {
		return t, err
	}
	t.Working = page.T("abtest.take.working", "date", page.Date(e.SharedUntil))
	seconds, err := strconv.ParseInt(r.URL.Query().Get("shared"), 10, 64)
	if until := time.Unix(seconds, 0); err == nil && until.After(p.s.clock.Now()) && !until.After(e.SharedUntil) {
		t.Link, t.LinkUntil = p.kit.PublicURL+p.s.shareLink(e, until), until
	}
	return t, nil
}

// share makes a link to the report that works without signing in.
func (p pages) share(w http.ResponseWriter, r *http.Request) error {
	if p.s.signer == nil {
		return errs.NotFound
	}
	key := r.PathValue("key")
	until, err := p.s.share(r.Context(), key)
	if err != nil {
		return err
	}
	return web.Redirect(w, r, "/experiments/%s?shared=%d#take", key, until.Unix())
}

// withdraw takes all links to the report back.
func (p pages) withdraw(w http.ResponseWriter, r *http.Request) error {
	key := r.PathValue("key")
	if err := p.s.WithdrawLinks(r.Context(), key, web.Who(r).Name); err != nil {
		return err
	}
	web.SetFlash(w, "good", p.kit.Page(r, "").T("abtest.take.withdrawn"))
	return web.Redirect(w, r, "/experiments/%s#take", key)
}

// sharedPage says why a link shows no report.
type sharedPage struct {
	web.Page
	Text string
}

// shared shows the report to whoever has a link to it, without the notes of the team, and
// nothing that can be pressed.
func (p pages) shared(w http.ResponseWriter, r *http.Request) error {
	head := w.Header()
	head.Set("X-Robots-Tag", "noindex, nofollow")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Cache-Control", "private, no-store")
	page := p.kit.Page(r, "abtest.shared.title")
	refuse := func(status int, why string) error {
		return p.kit.Render(w, status, "auth", "abtest_shared", sharedPage{page, why})
	}
	g, ok := p.s.sharingOf(r)
	if !ok {
		return refuse(http.StatusForbidden, page.T("abtest.shared.broken"))
	}
	e, ok, err := p.s.known(r.Context(), g.key)
	if err != nil {
		return err
	}
	until := time.Unix(g.until, 0)
	switch {
	case !ok:
		return refuse(http.StatusForbidden, page.T("abtest.shared.broken"))
	case g.round != e.LinksWithdrawn:
		return refuse(http.StatusGone, page.T("abtest.shared.withdrawn"))
	case !p.s.clock.Now().Before(until):
		return refuse(http.StatusGone, page.T("abtest.shared.expired", "date", page.Date(until)))
	}
	found, err := p.s.shared.find(r.Context(), p.s, g.key)
	if err != nil {
		return err
	}
	page.Now = found.now
	d := lay(page, found, true)
	d.Until = d.T("abtest.shared.until", "date", d.Date(until))
	return p.kit.Render(w, http.StatusOK, "sheet", "abtest_report", d)
}
