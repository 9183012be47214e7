package leads

import (
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the zones, on machines that have none
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/language"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Profile is what somebody said about themself, in a form or through the API.
// Empty fields say nothing and change nothing.
type Profile struct {
	ExternalID string
	Email      string
	Phone      string
	FirstName  string
	LastName   string
	Language   string
	TimeZone   string
	Country    string
	Stage      string
	Relation   string
	Channel    string
	Owner      string
	Attributes map[string]any
	Touch      Touch
	// At is when it was said, for what may arrive late: what the lead was told later by the
	// same kind of source stays. Zero is now, by somebody who knows: a form, a list, staff.
	At time.Time
	// Unproven says that anybody could have said it, as behind a write key that stands in
	// a public page. It fills what is empty, replaces what was as unproven, and never an
	// e-mail, a telephone number or an external id.
	Unproven bool
	// VisitorID is the browser that spoke. What it did before, unknown, follows to the lead.
	VisitorID string
}

// Check says what of a profile cannot be taken, field by field: words that are none of
// ours, a country, language or zone that does not exist, an external id too long.
func (p *Profile) Check() error {
	bad := errs.Fields{}
	oneOf := func(field, value string, words []string) {
		if value != "" && !slices.Contains(words, value) {
			bad[field] = "errors.choice"
		}
	}
	oneOf("stage", p.Stage, Stages)
	oneOf("relation", p.Relation, Relations)
	oneOf("channel", p.Channel, Channels)
	if p.Country != "" {
		if r, err := language.ParseRegion(p.Country); err != nil || !r.IsCountry() || len(p.Country) != 2 {
			bad["country"] = "errors.country"
		}
	}
	if _, err := time.LoadLocation(p.TimeZone); err != nil || p.TimeZone == "Local" {
		bad["time_zone"] = "errors.time_zone"
	}
	if _, err := language.Parse(p.Language); p.Language != "" && err != nil {
		bad["language"] = "errors.language"
	}
	for field, value := range map[string]string{
		"external_id": p.ExternalID, "email": p.Email, "phone": p.Phone, "first_name": p.FirstName, "last_name": p.LastName, "owner": p.Owner,
	} {
		if utf8.RuneCountInString(value) > fieldLength {
			bad[field] = "errors.max=" + strconv.Itoa(fieldLength)
		} else if strings.ContainsRune(value, 0) || !utf8.ValidString(value) {
			bad[field] = "errors.characters"
		}
	}
	for name := range p.Attributes {
		if slices.Contains(BuiltIn, name) {
			bad[name] = "errors.built_in"
		}
	}
	return bad.OrNil()
}

// fieldLength bounds the text of a field that every lead has, in characters.
const fieldLength = 320

// identity is what a profile's person is recognised by.
type identity struct{ external, email, phone string }

func (id identity) known() bool { return id != identity{} }

func (s *Service) identify(p *Profile) identity {
	return identity{strings.TrimSpace(p.ExternalID), NormEmail(p.Email), s.normPhone(p.Phone)}
}

// take writes what the profile says into the lead. An address or number that is
// somebody else's is not taken: see Service.Upsert.
func (l *Lead) take(p *Profile, id identity, now time.Time) {
	traced := !p.At.IsZero() || p.Unproven || len(l.Told) > 0
	set := func(name string, field *string, value string) {
		if value == "" {
			return
		}
		if *field = value; traced {
			l.told(name, p, now)
		}
	}
	if id.email != "" {
		email := l.Email
		if id.email != l.EmailNorm {
			email, l.EmailNorm = strings.TrimSpace(p.Email), id.email
		}
		set("email", &l.Email, email)
	}
	set("external_id", &l.ExternalID, id.external)
	if phone := strings.TrimSpace(p.Phone); phone != "" {
		set("phone", &l.Phone, phone)
		l.PhoneNorm = id.phone
	}
	set("first_name", &l.FirstName, p.FirstName)
	set("last_name", &l.LastName, p.LastName)
	set("language", &l.Language, p.Language)
	set("time_zone", &l.TimeZone, p.TimeZone)
	set("country", &l.Country, strings.ToUpper(p.Country))
	set("stage", &l.Stage, p.Stage)
	set("relation", &l.Relation, p.Relation)
	set("channel", &l.Channel, p.Channel)
	set("owner", &l.Owner, p.Owner)
	if l.Attributes == nil {
		l.Attributes = map[string]any{}
	}
	for name, value := range p.Attributes {
		l.Attributes[name] = value
		if traced {
			l.told(attributePrefix+name, p, now)
		}
	}
	if !p.Touch.IsZero() {
		if l.LastTouch = p.Touch; traced {
			l.told(lastTouch, p, now)
		}
		if l.FirstTouch.IsZero() && !p.At.IsZero() && !p.At.After(l.CreatedAt) {
			l.FirstTouch = p.Touch // it only came in after the lead
		}
	}
	l.UpdatedAt = now
	l.fold()
}

// text is a field that every lead has, by its name among parts.
func (p *Profile) text(field string) *string {
	switch field {
	case "email":
		return &p.Email
	case "external_id":
		return &p.ExternalID
	case "phone":
		return &p.Phone
	case "first_name":
		return &p.FirstName
	case "last_name":
		return &p.LastName
	case "language":
		return &p.Language
	case "time_zone":
		return &p.TimeZone
	case "country":
		return &p.Country
	case "stage":
		return &p.Stage
	case "relation":
		return &p.Relation
	case "channel":
		return &p.Channel
	case "owner":
		return &p.Owner
	}
	panic("leads: no field of a profile: " + field)
}

// NormEmail is the form under which an e-mail is one person's: trimmed, digits and
// letters folded to one case. What the person typed is kept beside it.
func NormEmail(email string) string {
	return strings.ToLower(i18n.ASCIIDigits(strings.TrimSpace(email)))
}

// NormPhone is a number in E.164 ("+989121234567"), whatever digits, spaces and
// prefixes it was typed with; a number without a country is one of the service's
// region. Empty when it cannot be a telephone number.
func (s *Service) NormPhone(phone string) string {
	if phone = strings.TrimSpace(phone); phone == "" {
		return ""
	}
	number, err := phonenumbers.Parse(phone, s.region)
	if err != nil || !phonenumbers.IsPossibleNumber(number) {
		return ""
	}
	return phonenumbers.Format(number, phonenumbers.E164)
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
