package leads

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/web"
)

// eventRow is an event as a page shows it.
type eventRow struct {
	ID                int64
	Icon, Tone, Title string
	Details           []detail
	Changes           []changeRow
	More              int    // changes that are not shown
	Text              string // what a note says
	By                origin // who or what did it, where that was not the lead
	Note              bool   // it can be edited and deleted
	Edited            bool
	At                time.Time
	Late              time.Time // when we heard of it, if much later
}

// detail is one thing worth reading about an event. Name is empty where the value
// speaks for itself.
type detail struct {
	Name, Value string
	Href        string // the page of what the value names
}

// changeRow is a field that became something else. An empty text was or is nothing.
type changeRow struct{ Field, From, To string }

// shownChanges is how many changed fields an event shows.
const shownChanges = 8

// look is how an event of ours is drawn, and which of its properties are worth
// reading, in that order; one behind "=" speaks for itself, and of "a|b" the first
// that has a value is shown.
type look struct {
	icon, tone string
	properties []string
}

var looks = map[string]look{
	EventFormSubmitted:     {"forms", "accent", []string{"=form", "utm_source", "page"}},
	EventEmailSent:         {"send", "", []string{"=subject|email"}},
	EventEmailOpened:       {"open", "good", []string{"=subject|email"}},
	EventEmailClicked:      {"click", "good", []string{"=url", "=subject|email"}},
	EventEmailHeldBack:     {"pause", "warn", []string{"=reason", "=subject|email"}},
	EventUnsubscribed:      {"close", "bad", []string{"=subject|email"}},
	EventResubscribed:      {"mailbox", "good", []string{"=subject|email"}},
	EventPointsEarned:      {"loyalty", "warn", []string{"points", "balance", "=rule"}},
	EventOfferGranted:      {"gift", "accent", []string{"=offer", "code"}},
	EventOfferRedeemed:     {"gift", "good", []string{"=offer", "code", "value"}},
	EventJourneyEntered:    {"journeys", "", []string{"=journey"}},
	EventJourneyCompleted:  {"flag", "", []string{"=journey"}},
	EventOrderCompleted:    {"check", "good", []string{"value|total|revenue", "order_id"}},
	EventExperimentDecided: {"experiments", "", []string{"=experiment"}},
	EventExperimentEntered: {"experiments", "", []string{"=experiment", "variant"}},
	EventLeadCreated:       {"plus", "accent", nil},
	EventLeadUpdated:       {"edit", "", nil},
	EventTagAdded:          {"offers", "good", []string{"=tag"}},
	EventTagRemoved:        {"offers", "", []string{"=tag"}},
	EventConsentGiven:      {"shield", "good", []string{"=purpose", "=channel"}},
	EventConsentAsked:      {"shield", "", []string{"=purpose", "=channel"}},
	EventConsentWithdrawn:  {"shield", "bad", []string{"=purpose", "=channel"}},
	EventNoteWritten:       {"edit", "accent", nil},
	EventNoteEdited:        {"edit", "accent", nil},
	EventNoteDeleted:       {"trash", "", nil},
	EventSegmentEntered:    {"branch", "good", []string{"=segment"}},
	EventSegmentLeft:       {"branch", "", []string{"=segment"}},
	EventScoreChanged:      {"chart", "", nil},
	EventPageViewed:        {"globe", "", []string{"=title|name|path|url|page"}},
	EventLeadsMerged:       {"link", "", []string{"merged_lead"}},
	EventMergeUndone:       {"branch", "warn", []string{"merged_lead"}},
	EventPastJoined:        {"link", "", []string{"events"}},
	EventLeadErased:        {"trash", "", nil},
	eventImported:          {"download", "", []string{"=import"}},
	eventScreen:            {"globe", "", []string{"=name|title"}},
	eventIdentified:        {"leads", "", nil},
	eventGroup:             {"leads", "", []string{"=name|group"}},
	eventLinked:            {"link", "", nil},
	eventViewed:            {"experiments", "", []string{"=experiment_id|experiment", "variant|variation_name|variation_id"}},
}

// Events of features above, which this page has words for.
const (
	eventImported   = "Lead Imported"
	eventScreen     = "Screen Viewed"
	eventIdentified = "Identified"
	eventGroup      = "Group Joined"
	eventLinked     = "Identity Linked"
	eventViewed     = "Experiment Viewed" // by a site or an app that shows variants itself
)

// titled are the properties that hold the key of something with a title.
var titled = map[string]string{
	"form": "form", "journey": "journey", "email": "email", "offer": "offer", "segment": "segment", "experiment": "experiment", "experiment_id": "experiment", "rule": "earning_rule",
}

// timelineKinds are the parts of a timeline that can be shown alone, in the order in
// which they are offered.
var timelineKinds = []struct {
	name   string
	events []string
}{
	{"notes", []string{EventNoteWritten, EventNoteEdited, EventNoteDeleted}},
	{"forms", []string{EventFormSubmitted}},
	{"mail", []string{EventEmailSent, EventEmailOpened, EventEmailClicked, EventEmailHeldBack, EventUnsubscribed, EventResubscribed}},
	{"web", []string{EventPageViewed, eventScreen, eventViewed}},
	{"sales", []string{EventOrderCompleted, EventOfferGranted, EventOfferRedeemed, EventPointsEarned}},
	{"journeys", []string{EventJourneyEntered, EventJourneyCompleted}},
	{"changes", []string{
		EventLeadCreated, EventLeadUpdated, eventImported, EventTagAdded, EventTagRemoved, EventSegmentEntered, EventSegmentLeft, EventScoreChanged, EventExperimentEntered,
		EventLeadsMerged, EventMergeUndone, EventLeadErased, EventPastJoined, eventIdentified, eventGroup, eventLinked,
	}},
	{"consent", []string{EventConsentGiven, EventConsentAsked, EventConsentWithdrawn, EventUnsubscribed, EventResubscribed}},
}

// teller puts what is known of a lead into the words of a page's reader.
type teller struct {
	web.Page
	ctx    context.Context
	desk   desk
	fields Catalogue
	known  map[[2]string]string // titles found already
	names  conditions.Names
}

// event puts an event into words. One that is not ours keeps its name and shows all
// its properties.
func (t *teller) event(e *Event) eventRow {
	row := eventRow{ID: e.ID, Icon: "bolt", Title: e.Name, At: e.OccurredAt, By: t.by(e.Source)}
	if late := e.ReceivedAt.Sub(e.OccurredAt); late > 24*time.Hour && !strings.HasPrefix(e.MessageID, "note:") {
		row.Late = e.ReceivedAt
	}
	look, ours := looks[e.Name]
	if !ours {
		for _, name := range slices.Sorted(maps.Keys(e.Properties)) {
			row.Details = append(row.Details, detail{Name: t.propertyName(name), Value: t.plain(e.Properties[name])})
		}
		return row
	}
	row.Icon, row.Tone = look.icon, look.tone
	row.Title = t.T(eventKey(e.Name))
	for _, property := range look.properties {
		if d, ok := t.property(e, property); ok {
			row.Details = append(row.Details, d)
		}
	}
	switch e.Name {
	case eventImported:
		if from := t.origin(e.Source); len(row.Details) > 0 {
			row.Details[0].Href, row.By = from.Href, origin{}
		}
	case EventLeadUpdated, EventLeadCreated:
		t.changes(e, &row)
	case EventScoreChanged:
		row.Changes = []changeRow{{t.T("leads.number.score"), t.plain(e.Properties["from"]), t.plain(e.Properties["to"])}}
		if was, is := e.Properties["grade_before"], e.Properties["grade"]; was != is {
			row.Changes = append(row.Changes, changeRow{t.T("leads.property.grade"), t.plain(was), t.plain(is)})
		}
	case EventNoteWritten, EventNoteEdited, EventNoteDeleted:
		t.noteRow(e, &row)
	}
	return row
}

// eventKey is where the catalogue has words for an event of ours.
func eventKey(name string) string {
	return "leads.event." + strings.ReplaceAll(strings.ToLower(name), " ", "_")
}

// property is one of a look's.
func (t *teller) property(e *Event, property string) (detail, bool) {
	names, alone := strings.CutPrefix(property, "=")
	for name := range strings.SplitSeq(names, "|") {
		value, ok := e.Properties[name]
		if !ok || value == nil || value == "" {
			continue
		}
		item := t.worded(name, value)
		if !alone {
			item.Name = t.propertyName(name)
		}
		return item, true
	}
	return detail{}, false
}

// propertyName is what a property is called: in words where it is one that shops and web
// sites commonly send, else as it came.
func (t *teller) propertyName(name string) string {
	if key := "leads.property." + name; t.Has(key) {
		return t.T(key)
	}
	return name
}

// worded is the value of a property of our own as its readers call it.
func (t *teller) worded(name string, value any) detail {
	text, isText := value.(string)
	if kind, ok := titled[name]; ok && isText {
		o := t.thing(kind, text)
		return detail{Value: o.Text, Href: o.Href}
	}
	if isText {
		for _, key := range []string{"delivery.reason." + text, "leads." + name + "." + text} {
			if (name == "reason" || !strings.HasPrefix(key, "delivery")) && t.Has(key) {
				return detail{Value: t.T(key)}
			}
		}
	}
	if n, ok := value.(float64); ok && name == "merged_lead" {
		return detail{Value: t.Digits(fmt.Sprint(int64(n))), Href: leadPath(int64(n))}
	}
	return detail{Value: t.plain(value)}
}

// title is what people call the thing with a key, else the key.
func (t *teller) title(kind, key string) string {
	id := [2]string{kind, key}
	if title, ok := t.known[id]; ok {
		return title
	}
	title := t.desk.title(t.ctx, kind, key, t.Lang)
	if title == "" {
		title = key
	}
	if t.known == nil {
		t.known = map[[2]string]string{}
	}
	t.known[id] = title
	return title
}

// changes fills in which fields changed.
func (t *teller) changes(e *Event, row *eventRow) {
	from, _ := e.Properties["from"].(map[string]any)
	to, _ := e.Properties["to"].(map[string]any)
	changed, _ := e.Properties["changed"].([]any)
	for i, c := range changed {
		name, _ := c.(string)
		if name == "" {
			continue
		}
		if i >= shownChanges {
			row.More++
			continue
		}
		row.Changes = append(row.Changes, changeRow{t.label(name), t.value(name, from[name]), t.value(name, to[name])})
	}
}

// noteRow fills in what a note says.
func (t *teller) noteRow(e *Event, row *eventRow) {
	n := e.note()
	if slices.Contains(NoteKinds, n.Kind) {
		row.Title = t.T("leads.note." + n.Kind)
		row.Icon = noteIcons[n.Kind]
	}
	if e.Name == EventNoteDeleted {
		row.Title, row.Icon, row.At = t.T("leads.note.deleted", "what", row.Title), "trash", e.OccurredAt
		return
	}
	_, version := noteVersion(e.MessageID)
	row.Text, row.Edited, row.Note = n.Text, n.Edited, version > 0
}

var noteIcons = map[string]string{"note": "edit", "call": "phone", "meeting": "leads", "interview": "talk", "observation": "open"}
