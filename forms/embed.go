package forms

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"

	"github.com/sarnakh/sarnakh/internal/web"
)

// headerSplit tells embed.js that a form has several versions, so that it asks again and
// says for whom.
const headerSplit = "Sarnakh-Split"

// What embed.js says when it asks again, besides the utm_ parameters of its page.
const (
	queryVisitor = "visitor"
	queryFrom    = "from" // the page from which the visitor came to the one with the form
)

// embedded is what embed.js puts into a page of somebody else: the form as a piece of
// HTML, in the language asked for and, of several versions, in the visitor's.
func (s *Service) embedded(w http.ResponseWriter, r *http.Request) error {
	scripts.Allow(w)
	f, err := s.forms.Find(r.Context(), r.PathValue("key"))
	if err != nil {
		return err
	}
	page := s.kit.Page(r, "")
	s.countEmbedded(w, r, f)
	w.Header().Set("Vary", "Accept-Language, Accept-Encoding")
	var version []hiddenView
	if visitor := r.URL.Query().Get(queryVisitor); f.Definition.Experiment != "" && VisitorID.MatchString(visitor) {
		v := s.formVisit(r, f, visitor, "", web.VisitOf(ofItsPage(r), page.Lang))
		if r.Method == http.MethodGet && byVisitor(r) {
			s.see(r, f.Definition.Experiment, v.variant, visitor, v.from)
		}
		f, version = v.form, v.shown()
		w.Header().Set("Cache-Control", "no-store")
	} else if f.Definition.Experiment != "" {
		w.Header().Set(headerSplit, "1")
	}
	view := s.show(page, f, s.kit.PublicURL+address(f, page.Lang), nil, nil)
	view.Hidden = version
	html, err := s.kit.Fragment("forms_embed", formPage{Page: page, Form: view})
	if err != nil {
		return err
	}
	sum := sha256.Sum256(html)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return web.Compressed(w, r, "text/html; charset=utf-8", html)
}

// ofItsPage is the request as the page that holds the form was asked for: from where the
// visitor came to that page, and not from that page to us.
func ofItsPage(r *http.Request) *http.Request {
	from := r.URL.Query().Get(queryFrom)
	before, err := url.Parse(from)
	if here, bad := url.Parse(r.Referer()); err != nil || bad != nil || before.Host == here.Host {
		from = "" // from one page of the site to the next
	}
	there := r.Clone(r.Context())
	there.Header.Set("Referer", from)
	return there
}
