package leads

import (
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Lead is a person who told us who they are.
type Lead struct {
	bun.BaseModel `bun:"table:leads,alias:lead"`

	ID         int64  `bun:",pk,autoincrement" json:"id"`
	Email      string `bun:",nullzero" json:"email"`       // as typed
	EmailNorm  string `bun:",nullzero" json:"-"`           // see NormEmail; nobody else has it
	ExternalID string `bun:",nullzero" json:"external_id"` // as the shop or the app knows them; nobody else has it
	Phone      string `json:"phone"`                       // as typed
	PhoneNorm  string `json:"phone_e164"`                  // E.164, empty when Phone is no number; a family may share it
	FirstName  string `json:"first_name"`
	LastName   string `json:"last_name"`
	Language   string `json:"language"`  // "fa", "en" or empty when unknown
	TimeZone   string `json:"time_zone"` // "Asia/Tehran"
	Country    string `json:"country"`   // ISO 3166: "IR"
	Stage      string `json:"stage"`     // one of Stages, or empty
	Relation   string `json:"relation"`  // one of Relations, or empty
	Channel    string `json:"channel"`   // the one they prefer, of Channels, or empty
	Owner      string `json:"owner"`     // the account that looks after them, by e-mail

	Attributes map[string]any `bun:"type:jsonb" json:"attributes"`
	FirstTouch Touch          `bun:"type:jsonb" json:"first_touch"` // how they found us; set once
	LastTouch  Touch          `bun:"type:jsonb" json:"last_touch"`  // what brought them last

	Told map[string]Telling `bun:"type:jsonb,nullzero" json:"-"` // by the field's name, "attributes.plan"

	Folds      map[string]any `bun:"type:jsonb" json:"-"` // what conditions see: see conditions.Fold
	NameFold   string         `json:"-"`                  // folded first and last name, for searching
	NameTurned string         `json:"-"`                  // folded last and first name

	MergedInto int64     `bun:",nullzero" json:"merged_into,omitzero"` // the lead that this one turned out to be
	ErasedAt   time.Time `bun:",nullzero" json:"erased_at,omitzero"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
}

// What a lead can be. The words are the field's own: HubSpot's life cycle, and the
// kinds of relation that a business keeps.
var (
	Stages    = []string{"subscriber", "lead", "marketing_qualified", "sales_qualified", "opportunity", "customer", "evangelist", "other"}
	Relations = []string{"prospect", "customer", "partner", "supplier", "employee", "investor", "media", "other"}
	Channels  = []string{"email", "sms", "phone", "whatsapp", "telegram", "post"}
)

// Touch is where a visit came from.
type Touch struct {
	Source   string            `json:"source,omitempty"` // utm_source
	Medium   string            `json:"medium,omitempty"`
	Campaign string            `json:"campaign,omitempty"`
	Term     string            `json:"term,omitempty"`
	Content  string            `json:"content,omitempty"`
	ClickIDs map[string]string `json:"click_ids,omitempty"` // gclid, fbclid, yclid, …
	Referrer string            `json:"referrer,omitempty"`
	Page     string            `json:"page,omitempty"`    // the page on which they spoke
	Landing  string            `json:"landing,omitempty"` // the first page of that visit
}

// IsZero says whether nothing is known of the visit.
func (t Touch) IsZero() bool {
	return t.Source == "" && t.Medium == "" && t.Campaign == "" && t.Term == "" && t.Content == "" &&
		len(t.ClickIDs) == 0 && t.Referrer == "" && t.Page == "" && t.Landing == ""
}

// Name is what a person is called on a page: the full name, else whatever they are
// known by.
func (l Lead) Name() string {
	for _, name := range []string{strings.TrimSpace(l.FirstName + " " + l.LastName), l.Email, l.Phone, l.ExternalID} {
		if name != "" {
			return name
		}
	}
	return ""
}

// fields are what conditions and scripts may ask of a lead by name, besides the
// attributes: an attribute of the same name stands back.
func (l *Lead) fields() map[string]any {
	all := make(map[string]any, len(BuiltIn))
	for i, value := range l.builtIn() {
		all[BuiltIn[i]] = value
	}
	return all
}

// builtIn are the values of BuiltIn, in its order.
func (l *Lead) builtIn() [19]string {
	return [...]string{
		l.Email, l.ExternalID, l.Phone, l.FirstName, l.LastName, l.Language, l.TimeZone, l.Country, l.Stage, l.Relation,
		l.Channel, l.Owner, l.CreatedAt.UTC().Format(time.RFC3339), l.FirstTouch.Source, l.FirstTouch.Medium, l.FirstTouch.Campaign,
		l.LastTouch.Source, l.LastTouch.Medium, l.LastTouch.Campaign,
	}
}

// BuiltIn are the fields that every lead has, by the name that conditions use.
var BuiltIn = []string{
	"email", "external_id", "phone", "first_name", "last_name", "language", "time_zone", "country", "stage", "relation",
	"channel", "owner", "created_at", "source", "medium", "campaign", "last_source", "last_medium", "last_campaign",
}

// fold brings what is searched and asked by conditions up to date with the rest.
func (l *Lead) fold() {
	folder := conditions.NewFolder(len(l.Attributes) + len(BuiltIn))
	for name, value := range l.Attributes {
		if !slices.Contains(BuiltIn, name) {
			folder.Add(name, value)
		}
	}
	for i, value := range l.builtIn() {
		if BuiltIn[i] == "phone" && l.PhoneNorm != "" {
			value = l.PhoneNorm
		}
		if value != "" {
			folder.Add(BuiltIn[i], value)
		}
	}
	l.Folds = folder.Folds
	l.NameFold = i18n.Fold(l.FirstName + " " + l.LastName)
	l.NameTurned = i18n.Fold(l.LastName + " " + l.FirstName)
}
