package tracking

import (
	"crypto/rand"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// Source is a web site, an app or a shop that tells us what people do there.
type Source struct {
	bun.BaseModel `bun:"table:sources,alias:source"`

	ID       int64  `bun:",pk,autoincrement" json:"id"`
	Name     string `json:"name"`
	WriteKey string `json:"write_key"` // says who sends; a web page shows it to everybody
	// Origins are the web sites whose pages may send with the key, as in
	// https://shop.example or https://*.shop.example. Empty means all. It binds
	// browsers only: a server names no origin.
	Origins []string `bun:"type:jsonb" json:"origins"`
	// Server says that the write key is kept on a server, where nobody can read it: what it
	// says of people is believed, and no web page may send with it. It is for ever: a key
	// that has stood in a page is no secret any more.
	Server     bool      `json:"server"`
	Enabled    bool      `json:"enabled"`
	CreatedBy  string    `json:"created_by"`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `bun:",nullzero" json:"last_seen_at,omitzero"` // when it sent last, to the second or so
}

// drawKey makes a write key: 26 characters drawn by chance.
func drawKey() string { return "wk_" + strings.ToLower(rand.Text()) }

// Bounds of what a person types about a source.
const (
	longestSourceName = 80
	mostOrigins       = 20
)

// check reads the name and the origins as a person wrote them, and says what is wrong
// with them.
func (s *Source) check() error {
	bad := errs.Fields{}
	s.Name = oneLine(s.Name)
	switch {
	case s.Name == "":
		bad["name"] = "errors.required"
	case len([]rune(s.Name)) > longestSourceName:
		bad["name"] = "errors.max=80"
	}
	clean := []string{}
	for _, origin := range s.Origins {
		if origin = strings.TrimSpace(origin); origin == "" {
			continue
		}
		normal, ok := normOrigin(origin)
		if !ok {
			bad["origins"] = "errors.tracking.origin"
		}
		if !slices.Contains(clean, normal) {
			clean = append(clean, normal)
		}
	}
	switch s.Origins = clean; {
	case len(clean) > mostOrigins:
		bad["origins"] = "errors.tracking.origins=20"
	case s.Server && len(clean) > 0:
		bad["origins"] = "errors.tracking.server"
	}
	return bad.OrNil()
}

// siteName is what a site can be called: with a dot in it, or this machine, or in
// figures. A word alone is a slip of the pen.
var siteName = regexp.MustCompile(`^(localhost|[0-9a-f:]*:[0-9a-f:.]*|(\*\.)?[^\s.]+(\.[^\s.]+)+)$`)

// normOrigin is the origin of an address as browsers write it: a person may paste the
// address of a page.
func normOrigin(address string) (string, bool) {
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(strings.ToLower(address))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || !siteName.MatchString(u.Hostname()) || u.User != nil ||
		strings.ContainsAny(strings.TrimPrefix(u.Host, "*."), "*, \"'<>") {
		return "", false
	}
	host := u.Host
	if u.Scheme == "http" {
		host = strings.TrimSuffix(host, ":80")
	} else {
		host = strings.TrimSuffix(host, ":443")
	}
	return u.Scheme + "://" + host, true
}

// allows says whether a page of the origin may send. "" is no page but a server.
func (s *Source) allows(origin string) bool {
	if origin == "" || s.Server {
		return origin == ""
	}
	if len(s.Origins) == 0 {
		return true
	}
	origin = strings.ToLower(origin)
	scheme, host, _ := strings.Cut(origin, "://")
	for _, allowed := range s.Origins {
		if allowed == origin {
			return true
		}
		if domain, any := strings.CutPrefix(allowed, scheme+"://*."); any && strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}
