package forms

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
)

// Names of what travels with a form besides its questions. They begin with _ so
// that no field can have them.
const (
	paramConsent  = "_consent"
	paramVisitor  = "_visitor"
	paramPage     = "_page"
	paramReferrer = "_referrer"
	paramOnce     = "_once"
	paramLang     = "_lang"
	paramVersion  = "_version" // of the form, in which it was shown
	paramVariant  = "_variant" // of the landing page
	paramTrap     = "_website" // people do not see it; whoever fills it in is a program
)

// utmParams are kept as the touch that brought a visitor.
var utmParams = []string{"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"}

// answers is one visitor's submission, read and checked.
type answers struct {
	values   map[string]any
	consents bool
	visitor  string
	page     string
	once     string
	lang     i18n.Lang
	trapped  bool
	touch    leads.Touch
	ip       string
	agent    string
}

// VisitorID is the form that a visitor's id must have, ours or a caller's.
var VisitorID = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// read checks what was posted against the form. The fields that are wrong are
// named together; raw values come back so that the visitor need not type again.
func (d *Definition) read(r *http.Request, post url.Values, lang i18n.Lang) (*answers, error) {
	a := &answers{
		values: make(map[string]any, len(d.Fields)), lang: lang,
		ip: web.ClientIP(r), agent: clip(r.UserAgent(), 300),
		trapped: post.Get(paramTrap) != "",
	}
	bad := errs.Fields{}
	for _, f := range d.Fields {
		if len(post[f.Name]) > 1 {
			bad[f.Name] = "errors.type"
			continue
		}
		value, message := f.parse(post.Get(f.Name))
		if message != "" {
			bad[f.Name] = message
		} else if value != nil {
			a.values[f.Name] = value
		}
	}
	for name := range post {
		if _, ok := d.field(name); !ok && !strings.HasPrefix(name, "_") && !strings.HasPrefix(name, "utm_") {
			bad[clip(strings.ToValidUTF8(name, "?"), 60)] = "errors.unknown_field"
		}
	}
	if d.Consent != nil {
		a.consents = isTrue(post.Get(paramConsent))
		if d.Consent.Required && !a.consents {
			bad[paramConsent] = "errors.consent"
		}
	}
	if v := post.Get(paramVisitor); VisitorID.MatchString(v) {
		a.visitor = v
	} else if c, err := r.Cookie(VisitorCookie); err == nil && VisitorID.MatchString(c.Value) {
		a.visitor = c.Value
	}
	if l, ok := i18n.Parse(post.Get(paramLang)); ok {
		a.lang = l
	}
	a.once = clip(post.Get(paramOnce), 64)
	a.page = clip(post.Get(paramPage), 500)
	a.touch = leads.Touch{
		Source: clip(post.Get("utm_source"), 200), Medium: clip(post.Get("utm_medium"), 200),
		Campaign: clip(post.Get("utm_campaign"), 200), Term: clip(post.Get("utm_term"), 200),
		Content: clip(post.Get("utm_content"), 200), Referrer: clip(post.Get(paramReferrer), 500), Page: a.page,
	}
	return a, bad.OrNil()
}

func isTrue(s string) bool { return s == "1" || s == "on" || s == "true" || s == "yes" }

// clip makes side information harmless: valid text without control characters and
// not too long. What a visitor answers is never clipped but refused.
func clip(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

// profile is what the answers say about the person.
func (a *answers) profile() *leads.Profile {
	p := &leads.Profile{Language: string(a.lang), Attributes: map[string]any{}, Touch: a.touch, VisitorID: a.visitor}
	for name, value := range a.values {
		text, _ := value.(string)
		switch name {
		case "email":
			p.Email = text
		case "first_name":
			p.FirstName = text
		case "last_name":
			p.LastName = text
		case "phone":
			p.Phone = text
		default:
			p.Attributes[name] = value
		}
	}
	return p
}
