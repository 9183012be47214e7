package abtest

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/secure"
	"github.com/sarnakh/sarnakh/internal/web"
)

// The parameters of a link that shows a report to whoever has it.
const (
	paramUntil     = "until"
	paramSignature = "sig"
)

const (
	sharePurpose = "abtest.share"
	// sharedFor is how long such a link works.
	sharedFor = 30 * day
)

// SignWith has links to reports signed. Without a signer none can be made. Call it before
// the first request.
func (s *Service) SignWith(signer *secure.Signer) { s.signer = signer }

// takeAway is what the page offers to take along.
type takeAway struct {
	Shares    bool      // links can be made
	Link      string    // one that was just made
	LinkUntil time.Time // how long it works
}

// takeAway shows the link that was made a moment ago, if the address names one.
func (p pages) takeAway(r *http.Request, key string) takeAway {
	t := takeAway{Shares: p.s.signer != nil}
	seconds, err := strconv.ParseInt(r.URL.Query().Get("shared"), 10, 64)
	now := p.s.clock.Now()
	if until := time.Unix(seconds, 0); t.Shares && err == nil && until.After(now) && !until.After(now.Add(sharedFor)) {
		t.Link, t.LinkUntil = p.kit.PublicURL+p.s.shareLink(key, until), until
	}
	return t
}

func (s *Service) shareLink(key string, until time.Time) string {
	at := strconv.FormatInt(until.Unix(), 10)
	return "/shared/experiments/" + key + "?" + url.Values{paramUntil: {at}, paramSignature: {s.signer.Sign(sharePurpose, key+"/"+at)}}.Encode()
}

// share makes a link to the report that works without signing in.
func (p pages) share(w http.ResponseWriter, r *http.Request) error {
	key := r.PathValue("key")
	if p.s.signer == nil {
		return errs.NotFound
	}
	if _, err := find(r.Context(), p.s.db.Read(), key); err != nil {
		return err
	}
	return web.Redirect(w, r, "/experiments/%s?shared=%d#take", key, p.s.clock.Now().Add(sharedFor).Unix())
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
	key, q := r.PathValue("key"), r.URL.Query()
	page := p.kit.Page(r, "abtest.shared.title")
	at := q.Get(paramUntil)
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || p.s.signer == nil || !p.s.signer.Valid(sharePurpose, key+"/"+at, q.Get(paramSignature)) {
		return p.kit.Render(w, http.StatusForbidden, "auth", "abtest_shared", sharedPage{page, page.T("abtest.shared.broken")})
	}
	until := time.Unix(seconds, 0)
	if !p.s.clock.Now().Before(until) {
		return p.kit.Render(w, http.StatusGone, "auth", "abtest_shared", sharedPage{page, page.T("abtest.shared.expired", "date", page.Date(until))})
	}
	d, err := p.read(r, page, key, true)
	if err != nil {
		return err
	}
	d.Until = d.T("abtest.shared.until", "date", d.Date(until))
	return p.kit.Render(w, http.StatusOK, "sheet", "abtest_report", d)
}
