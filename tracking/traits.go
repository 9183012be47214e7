package tracking

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/mail"
	"github.com/sarnakh/sarnakh/leads"
)

// profile is what an identify says about a person. What Sarnakh knows as a field of
// every lead goes there, whichever way it is spelt; the rest become attributes under
// the names that the source gave them. It grants no consent.
func (r *reader) profile(m *message) *leads.Profile {
	t := reader{fields: m.traits}
	p := &leads.Profile{
		ExternalID: m.user, Touch: m.context.touch,
		Email: t.first("email"), Phone: t.first("phone"),
		FirstName: t.first("firstName", "first_name"), LastName: t.first("lastName", "last_name"),
		TimeZone: timeZone(t.first("timezone", "timeZone", "time_zone")), Attributes: map[string]any{},
	}
	if name := t.first("name"); name != "" && p.FirstName == "" && p.LastName == "" {
		p.FirstName, p.LastName, _ = strings.Cut(name, " ")
	}
	lang, _ := i18n.Parse(t.first("language", "locale"))
	if lang == "" {
		lang = m.context.language
	}
	p.Language = string(lang)
	if p.TimeZone == "" {
		p.TimeZone = timeZone(m.context.timeZone)
	}
	t.country(p)
	for name, value := range m.traits {
		t.attribute(p, name, value)
	}
	if p.Email != "" {
		// As it will be written to: what cannot be delivered to is no address.
		p.Email = i18n.ASCIIDigits(p.Email)
		if check.Var(p.Email, "email") != nil || mail.CheckAddress(p.Email) != nil {
			t.refuse("email", "errors.email")
		}
	}
	if err := p.Check(); err != nil && t.bad == nil {
		t.bad = err
	}
	if t.bad != nil && r.bad == nil {
		r.bad = under("traits", t.bad)
	}
	return p
}

var check = validator.New()

// first is the first of these traits that is there.
func (r *reader) first(traits ...string) string {
	for _, trait := range traits {
		if text := r.text(trait); text != "" {
			return text
		}
	}
	return ""
}

// fieldTraits are those that become fields of the lead and no attributes.
var fieldTraits = []string{
	"email", "phone", "firstName", "first_name", "lastName", "last_name", "name", "language", "locale",
	"timezone", "timeZone", "time_zone", "country", "address",
}

// country takes the country of a person or of their address: two letters are one of
// ours, a name stays a name.
func (r *reader) country(p *leads.Profile) {
	address := r.fields["address"]
	parts, _ := address.(map[string]any)
	for name, value := range parts {
		if name != "country" {
			r.attribute(p, "address_"+name, value)
		}
	}
	if text, ok := address.(string); ok {
		r.attribute(p, "address_", text)
	}
	country := r.text("country")
	if country == "" {
		country, _ = asText(parts["country"])
	}
	if country == "" {
		return
	}
	test := leads.Profile{Country: country}
	if test.Check() == nil {
		p.Country = country
		return
	}
	p.Attributes["country_name"] = country
}

// longestName bounds the name of an attribute, in bytes: beyond it conditions cannot
// ask for it.
const longestName = 100

// attribute keeps a trait that is no field of ours. Of objects the parts are kept, so
// that company.plan can be asked for as company_plan.
func (r *reader) attribute(p *leads.Profile, name string, value any) {
	name = strings.TrimSuffix(oneLine(name), "_")
	switch v := value.(type) {
	case nil:
		return
	case map[string]any:
		if slices.Contains(fieldTraits, name) {
			return
		}
		for below, part := range v {
			if below == "name" {
				below = ""
			}
			r.attribute(p, name+"_"+below, part)
		}
		return
	case string:
		if v == "" {
			return
		}
	}
	switch {
	case slices.Contains(fieldTraits, name) && name != "address":
		return
	case slices.Contains(leads.BuiltIn, name), name == "tags":
		name = "trait_" + name
	}
	if name == "" || len(name) > longestName || !utf8.ValidString(name) {
		r.refuse(clip(name, 60), "errors.tracking.name")
		return
	}
	p.Attributes[name] = value
}

// company is what a group call says of the company that somebody belongs to.
func (r *reader) company(m *message) *leads.Profile {
	t := reader{fields: m.traits}
	p := &leads.Profile{ExternalID: m.user, Touch: m.context.touch, Attributes: map[string]any{"company_id": m.group}}
	for name, value := range m.traits {
		if name == "name" {
			name = ""
		}
		t.attribute(p, "company_"+name, value)
	}
	if t.bad == nil {
		t.bad = p.Check()
	}
	if t.bad != nil && r.bad == nil {
		r.bad = under("traits", t.bad)
	}
	return p
}

// says is the names of what a profile says, for the timeline: the values stand in
// the lead itself, once.
func says(traits map[string]any) []any {
	names := make([]any, 0, len(traits))
	for name := range traits {
		names = append(names, clip(name, longestName))
	}
	slices.SortFunc(names, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	return names
}

// only is the first of the faults, by name: a refusal names one.
func only(bad errs.Fields) (field, why string) {
	for name, message := range bad {
		if field == "" || name < field {
			field, why = name, message
		}
	}
	return field, why
}
