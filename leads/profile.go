package leads

import (
	"maps"
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
	// Unproven says that anybody could have said it, as behind a write key that stands in
	// a public page. Of a lead recognised by e-mail or telephone alone it fills what is
	// empty, the external id too, and it replaces no e-mail or telephone number.
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
	set := func(field *string, value string) {
		if value != "" {
			*field = value
		}
	}
	if id.email != "" && id.email != l.EmailNorm {
		l.Email, l.EmailNorm = strings.TrimSpace(p.Email), id.email
	}
	set(&l.ExternalID, id.external)
	if phone := strings.TrimSpace(p.Phone); phone != "" {
		l.Phone, l.PhoneNorm = phone, id.phone
	}
	set(&l.FirstName, p.FirstName)
	set(&l.LastName, p.LastName)
	set(&l.Language, p.Language)
	set(&l.TimeZone, p.TimeZone)
	set(&l.Country, strings.ToUpper(p.Country))
	set(&l.Stage, p.Stage)
	set(&l.Relation, p.Relation)
	set(&l.Channel, p.Channel)
	set(&l.Owner, p.Owner)
	if l.Attributes == nil {
		l.Attributes = map[string]any{}
	}
	maps.Copy(l.Attributes, p.Attributes)
	if !p.Touch.IsZero() {
		l.LastTouch = p.Touch
	}
	l.UpdatedAt = now
	l.fold()
}

// claim is what of an unproven profile is believed about a lead that is known.
func (p *Profile) claim(l *Lead, id identity) (*Profile, identity) {
	n := *p
	if id.external == "" || id.external != l.ExternalID {
		n = *p.news(l)
	}
	if l.EmailNorm != "" {
		id.email = ""
	}
	if l.Phone != "" {
		n.Phone, id.phone = "", ""
	}
	return &n, id
}

// news is the profile without what the lead has already.
func (p *Profile) news(l *Lead) *Profile {
	n := *p
	for _, f := range []struct{ said, known *string }{
		{&n.ExternalID, &l.ExternalID}, {&n.Email, &l.Email}, {&n.Phone, &l.Phone}, {&n.FirstName, &l.FirstName}, {&n.LastName, &l.LastName},
		{&n.Language, &l.Language}, {&n.TimeZone, &l.TimeZone}, {&n.Country, &l.Country}, {&n.Stage, &l.Stage}, {&n.Relation, &l.Relation},
		{&n.Channel, &l.Channel}, {&n.Owner, &l.Owner},
	} {
		if *f.known != "" {
			*f.said = ""
		}
	}
	if l.FirstName+l.LastName != "" {
		n.FirstName, n.LastName = "", ""
	}
	n.Attributes = maps.Clone(p.Attributes)
	maps.DeleteFunc(n.Attributes, func(name string, _ any) bool { _, known := l.Attributes[name]; return known })
	return &n
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
