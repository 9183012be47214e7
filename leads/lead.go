package leads

import (
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Lead is a person who told us who they are.
type Lead struct {
	bun.BaseModel `bun:"table:leads,alias:lead"`

	ID         int64          `bun:",pk,autoincrement" json:"id"`
	Email      string         `bun:",nullzero" json:"email"`
	EmailNorm  string         `bun:",nullzero" json:"-"` // the identity: see NormEmail
	FirstName  string         `json:"first_name"`
	LastName   string         `json:"last_name"`
	Phone      string         `json:"phone"`
	Language   string         `json:"language"` // "fa", "en" or empty when unknown
	Attributes map[string]any `bun:"type:jsonb" json:"attributes"`
	FirstTouch Touch          `bun:"type:jsonb" json:"first_touch"` // how they found us; never changed
	LastTouch  Touch          `bun:"type:jsonb" json:"last_touch"`  // what brought them last
	Search     string         `json:"-"`                            // folded text that the search looks in
	CreatedAt  time.Time      `json:"created_at"`
	UpdatedAt  time.Time      `json:"updated_at"`
}

// Touch is where a visit came from.
type Touch struct {
	Source   string `json:"source,omitempty"` // utm_source
	Medium   string `json:"medium,omitempty"`
	Campaign string `json:"campaign,omitempty"`
	Term     string `json:"term,omitempty"`
	Content  string `json:"content,omitempty"`
	Referrer string `json:"referrer,omitempty"`
	Page     string `json:"page,omitempty"` // the page on which they spoke
}

// Profile is what somebody said about themself, in a form or through the API.
// Empty fields say nothing and change nothing.
type Profile struct {
	Email      string
	FirstName  string
	LastName   string
	Phone      string
	Language   string
	Attributes map[string]any
	Touch      Touch
}

// Name is what a person is called on a page: the full name, else the e-mail.
func (l Lead) Name() string {
	if name := strings.TrimSpace(l.FirstName + " " + l.LastName); name != "" {
		return name
	}
	return l.Email
}

// NormEmail is the form under which an e-mail is one person's: trimmed, digits and
// letters folded to one case. What the person typed is kept beside it.
func NormEmail(email string) string {
	return strings.ToLower(i18n.ASCIIDigits(strings.TrimSpace(email)))
}

// MaskEmail keeps an address recognisable to its owner and to nobody else: it is
// the only form in which an e-mail may stand in a log.
func MaskEmail(email string) string {
	name, domain, ok := strings.Cut(email, "@")
	if !ok || name == "" {
		return "***"
	}
	return string([]rune(name)[:1]) + "***@" + domain
}

// take writes what the profile says into the lead.
func (l *Lead) take(p *Profile, now time.Time) {
	set := func(field *string, value string) {
		if value != "" {
			*field = value
		}
	}
	set(&l.FirstName, p.FirstName)
	set(&l.LastName, p.LastName)
	set(&l.Phone, p.Phone)
	set(&l.Language, p.Language)
	if l.Attributes == nil {
		l.Attributes = map[string]any{}
	}
	for name, value := range p.Attributes {
		l.Attributes[name] = value
	}
	l.LastTouch = p.Touch
	l.UpdatedAt = now
	l.Search = i18n.Fold(l.FirstName + " " + l.LastName + " " + l.Email + " " + l.Phone)
}
