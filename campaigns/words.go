package campaigns

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/campaigns/journey"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// speaker puts journeys into the words of a page.
type speaker struct {
	i18n.Locale
	catalog *i18n.Catalog
	emails  map[string]i18n.Text // names by key
}

// event is what somebody did: "Filled in a form (form: guide)".
func (s speaker) event(name string, where map[string]any) string {
	text := s.Iso(name)
	if key := "leads.event." + strings.ReplaceAll(strings.ToLower(name), " ", "_"); s.catalog.Has(key) {
		text = s.T(key)
	}
	if len(where) == 0 {
		return text
	}
	var parts []string
	for _, property := range slices.Sorted(maps.Keys(where)) {
		parts = append(parts, s.Iso(property)+": "+s.value(where[property]))
	}
	return text + " (" + strings.Join(parts, s.T("campaigns.if.comma")) + ")"
}

func (s speaker) value(v any) string {
	switch v := v.(type) {
	case string:
		return s.Iso(v)
	case float64, int, int64, uint64:
		return s.Num(v)
	case bool:
		if v {
			return s.T("word.yes")
		}
		return s.T("word.no")
	}
	return s.Iso(fmt.Sprint(v))
}

// condition is a condition as a sentence says it.
func (s speaker) condition(c conditions.Condition) string {
	switch {
	case c.All != nil:
		return s.join(c.All, "campaigns.if.and")
	case c.Any != nil:
		return s.join(c.Any, "campaigns.if.or")
	case c.Not != nil:
		return s.T("campaigns.if.not", "what", s.condition(*c.Not))
	case c.Field != "":
		return s.field(c)
	case c.Event != "":
		text := s.event(c.Event, c.Where)
		if c.Times > 1 {
			text += " " + s.T("campaigns.if.times", "n", c.Times)
		}
		if c.Within > 0 {
			text += " " + s.T("campaigns.if.within", "span", c.Within.Duration())
		}
		return text
	case c.Points != nil:
		return s.T("campaigns.if.points", "n", *c.Points)
	}
	return s.T("campaigns.if.everybody")
}

func (s speaker) join(parts []conditions.Condition, with string) string {
	words := make([]string, len(parts))
	for i, p := range parts {
		words[i] = s.condition(p)
		if len(p.All)+len(p.Any) > 1 {
			words[i] = "(" + words[i] + ")"
		}
	}
	return strings.Join(words, " "+s.T(with)+" ")
}

func (s speaker) field(c conditions.Condition) string {
	field := c.Field
	switch {
	case c.Known != nil && *c.Known:
		return s.T("campaigns.if.known", "field", field)
	case c.Known != nil:
		return s.T("campaigns.if.unknown", "field", field)
	case c.Contains != "":
		return s.T("campaigns.if.contains", "field", field, "value", c.Contains)
	case c.OneOf != nil:
		var values []string
		for _, v := range c.OneOf {
			values = append(values, s.value(v))
		}
		return s.T("campaigns.if.one_of", "field", field, "values", strings.Join(values, s.T("campaigns.if.comma")))
	}
	return s.T("campaigns.if.is", "field", field, "value", s.value(c.Is))
}

// email is the name of an e-mail, else its key.
func (s speaker) email(key string) string {
	if name := s.emails[key].In(s.Lang); name != "" {
		return name
	}
	return key
}

// decision is what was decided, and why.
func (s speaker) decision(d *Decision) string {
	switch journey.Kind(d.Kind) {
	case journey.KindSend:
		switch d.Detail.Why {
		case WhyNoOffer:
			return s.T("campaigns.decided.send.no_offer", "email", s.email(d.Detail.Email))
		case WhyNoEmail:
			return s.T("campaigns.decided.send.no_email", "email", s.email(d.Detail.Email))
		}
		return s.T("campaigns.decided.send", "email", s.email(d.Detail.Email))
	case journey.KindWait:
		return s.T("campaigns.decided.wait", "time", s.DateTime(d.Detail.Until))
	case journey.KindAward:
		return s.T("campaigns.decided.award", "n", d.Detail.Points)
	case journey.KindOffer:
		if d.Outcome == OutcomeSkipped {
			return s.T("campaigns.decided.offer.refused", "offer", d.Detail.Offer)
		}
		return s.T("campaigns.decided.offer", "offer", d.Detail.Granted)
	case journey.KindBranch:
		var what string
		if d.Detail.If != nil {
			what = s.condition(*d.Detail.If)
		}
		if d.Detail.Then {
			return s.T("campaigns.decided.yes", "what", what)
		}
		return s.T("campaigns.decided.no", "what", what)
	case journey.KindExit:
		return s.T("campaigns.decided.exit")
	}
	return s.T("campaigns.decided.complete")
}
