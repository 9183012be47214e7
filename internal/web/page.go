package web

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/templates"
)

// Kit is what features need to make pages.
type Kit struct {
	Templates  *templates.Set
	Clock      Clock
	PublicURL  string         // how visitors reach us, without a slash at the end
	Zone       *time.Location // in which times are shown
	Language   i18n.Lang      // when the reader's own is unknown
	Brand      i18n.Text      // whose pages these are, for visitors
	DevMailbox bool           // mails stay here, at /dev/mailbox
}

// Page is what every page knows. A page's own struct embeds it.
type Page struct {
	i18n.Locale
	Title      string
	Site       string // whose pages these are; stands behind the title
	Path       string
	Account    string
	Flash      *Flash
	Theme      string // "auto", "light" or "dark"
	Folded     string // the groups of the menu that the reader has folded away, with commas between
	DevMailbox bool
	Now        time.Time
}

// Flash is a sentence shown once, on the page after the one where it was earned.
type Flash struct {
	Kind string // "good" or "bad"
	Text string
}

// Page begins a page whose title is the catalogue key title, or the text itself
// when there is no such key.
func (k *Kit) Page(r *http.Request, title string) Page {
	l := k.Templates.Catalog().Locale(k.Lang(r), k.Zone)
	if k.Templates.Catalog().Has(title) {
		title = l.T(title)
	}
	p := Page{
		Locale: l, Title: title, Site: k.Brand.In(l.Lang), Path: r.URL.Path, Theme: "auto",
		DevMailbox: k.DevMailbox, Now: k.Clock.Now(),
	}
	if who := Who(r); who.Kind == "account" {
		p.Account = who.Name
	}
	if c, err := r.Cookie("theme"); err == nil && (c.Value == "light" || c.Value == "dark") {
		p.Theme = c.Value
	}
	if c, err := r.Cookie("menu"); err == nil {
		p.Folded = c.Value
	}
	return p
}

// Lang is the language a person asked for: by ?lang=, by an earlier choice, by
// what the browser prefers.
func (k *Kit) Lang(r *http.Request) i18n.Lang {
	if l, ok := i18n.Parse(r.URL.Query().Get("lang")); ok {
		return l
	}
	if c, err := r.Cookie("lang"); err == nil {
		if l, ok := i18n.Parse(c.Value); ok {
			return l
		}
	}
	return i18n.Negotiate(r.Header.Get("Accept-Language"), k.Language)
}

// Secure says whether visitors reach us over https, so that cookies may insist on it.
func (k *Kit) Secure() bool { return strings.HasPrefix(k.PublicURL, "https://") }

// In returns the page in another language: a form or landing page has its own.
func (k *Kit) In(p Page, l i18n.Lang) Page {
	p.Locale = k.Templates.Catalog().Locale(l, k.Zone)
	return p
}

// contentPolicy lets a page load nothing but what is ours; pictures may come from
// elsewhere, for marketers link to them.
const contentPolicy = "default-src 'self'; img-src 'self' https: data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"

// Render writes a page. A template that fails writes nothing.
func (k *Kit) Render(w http.ResponseWriter, status int, layout, page string, data any) error {
	out, err := k.HTML(layout, page, data)
	if err != nil {
		return err
	}
	return k.Send(w, status, out)
}

// HTML returns a page in its layout, for Send.
func (k *Kit) HTML(layout, page string, data any) ([]byte, error) {
	var out bytes.Buffer
	if err := k.Templates.Execute(&out, layout, page, data); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Send writes a page that was made before, its parts one after another.
func (k *Kit) Send(w http.ResponseWriter, status int, parts ...[]byte) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", contentPolicy)
	w.WriteHeader(status)
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// Fragment returns a page's content without a frame around it.
func (k *Kit) Fragment(page string, data any) ([]byte, error) {
	var out bytes.Buffer
	if err := k.Templates.Fragment(&out, page, data); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

const flashCookie = "flash"

// SetFlash has a sentence shown on the next page. kind is "good" or "bad".
func SetFlash(w http.ResponseWriter, kind, text string) {
	http.SetCookie(w, &http.Cookie{
		Name: flashCookie, Value: base64.RawURLEncoding.EncodeToString([]byte(kind + " " + text)),
		Path: "/", MaxAge: 60, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// StaffPage begins a page of the workspace: as Page, with the sentence that the
// page before left.
func (k *Kit) StaffPage(w http.ResponseWriter, r *http.Request, title string) Page {
	p := k.Page(r, title)
	p.Site = p.T("product.name")
	c, err := r.Cookie(flashCookie)
	if err != nil {
		return p
	}
	http.SetCookie(w, &http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	raw, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return p
	}
	if kind, text, ok := strings.Cut(string(raw), " "); ok && (kind == "good" || kind == "bad") {
		p.Flash = &Flash{Kind: kind, Text: text}
	}
	return p
}

// Preferences takes the language and theme that a person picks and leads back to
// the page they were on.
func (k *Kit) Preferences(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return badForm(err)
	}
	keep := func(name, value string) {
		http.SetCookie(w, &http.Cookie{
			Name: name, Value: value, Path: "/", MaxAge: 365 * 24 * 3600, SameSite: http.SameSiteLaxMode,
		})
	}
	if l, ok := i18n.Parse(r.PostForm.Get("lang")); ok {
		keep("lang", string(l))
	}
	if theme := r.PostForm.Get("theme"); theme == "light" || theme == "dark" || theme == "auto" {
		keep("theme", theme)
	}
	return Redirect(w, r, "%s", LocalPath(r.PostForm.Get("return")))
}

// LocalPath returns next when it is a path on this site, else "/": a link that
// came from outside must not lead away.
func LocalPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(next, "/") ||
		strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}
