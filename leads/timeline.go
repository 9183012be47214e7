package leads

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// eventRow is an event as a page shows it.
type eventRow struct {
	Icon, Tone, Title string
	Details           []detail
	At                time.Time
}

// detail is one thing worth reading about an event. Name is empty where the value
// speaks for itself.
type detail struct{ Name, Value string }

// look is how an event of ours is drawn, and which of its properties are worth
// reading, in that order; one behind "=" speaks for itself, and of "a|b" the first
// that has a value is shown.
type look struct {
	icon, tone string
	properties []string
}

var looks = map[string]look{
	EventFormSubmitted:     {"forms", "accent", []string{"=form", "utm_source", "page"}},
	EventEmailSent:         {"send", "", []string{"=subject"}},
	EventEmailOpened:       {"open", "good", []string{"=subject"}},
	EventEmailClicked:      {"click", "good", []string{"=url", "=subject"}},
	EventEmailHeldBack:     {"pause", "warn", []string{"=reason", "=subject|email"}},
	EventUnsubscribed:      {"close", "bad", []string{"=subject"}},
	EventResubscribed:      {"mailbox", "good", []string{"=subject"}},
	EventPointsEarned:      {"loyalty", "warn", []string{"points", "balance"}},
	EventOfferGranted:      {"gift", "accent", []string{"=offer", "code"}},
	EventOfferRedeemed:     {"gift", "good", []string{"=offer", "code", "value"}},
	EventJourneyEntered:    {"journeys", "", []string{"=journey"}},
	EventJourneyCompleted:  {"flag", "", []string{"=journey"}},
	EventOrderCompleted:    {"check", "good", []string{"value", "order_id"}},
	EventExperimentDecided: {"experiments", "", nil},
}

// event puts an event into words. One that is not ours keeps its name and shows all
// its properties.
func (d detailPage) event(e *Event) eventRow {
	row := eventRow{Icon: "bolt", Title: e.Name, At: e.OccurredAt}
	look, ours := looks[e.Name]
	if !ours {
		for _, name := range slices.Sorted(maps.Keys(e.Properties)) {
			row.Details = append(row.Details, detail{name, d.said(e.Properties[name])})
		}
		return row
	}
	row.Icon, row.Tone = look.icon, look.tone
	row.Title = d.T("leads.event." + strings.ReplaceAll(strings.ToLower(e.Name), " ", "_"))
	for _, property := range look.properties {
		names, alone := strings.CutPrefix(property, "=")
		for name := range strings.SplitSeq(names, "|") {
			value, ok := e.Properties[name]
			if !ok || value == "" {
				continue
			}
			item := detail{Value: d.said(value)}
			if name == "reason" {
				item.Value = d.reason(item.Value)
			}
			if !alone {
				item.Name = d.T("leads.property." + name)
			}
			row.Details = append(row.Details, item)
			break
		}
	}
	return row
}

// reason is the sentence that the catalogue has for why an e-mail did not go out,
// else the reason as it was recorded.
func (d detailPage) reason(recorded string) string {
	if key := "delivery.reason." + recorded; d.Has(key) {
		return d.T(key)
	}
	return recorded
}

// said is a value as a person reads it.
func (d detailPage) said(value any) string {
	switch v := value.(type) {
	case bool:
		if v {
			return d.T("word.yes")
		}
		return d.T("word.no")
	case float64:
		return d.Num(v)
	case string:
		if day, err := time.Parse(time.DateOnly, v); err == nil {
			return d.Date(day)
		}
	}
	return fmt.Sprint(value)
}
