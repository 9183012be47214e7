package tracking

import (
	"crypto/rand"
	"maps"
	"strconv"

	"github.com/sarnakh/sarnakh/leads"
)

// The names that messages without a name of their own have on the timeline.
const (
	EventIdentified     = leads.EventIdentified
	EventScreenViewed   = "Screen Viewed"
	EventGroupJoined    = "Group Joined"
	EventIdentityLinked = "Identity Linked"
)

// key is the message's id on all timelines. It begins with the source's, so that no
// source can claim the message of another.
func (m *message) key(sourceID int64) string {
	id := m.id
	if id == "" {
		id = rand.Text() // told once; nobody can repeat it
	}
	return "tracking:" + strconv.FormatInt(sourceID, 10) + ":" + id
}

// eventName is what the message is called on the timeline.
func (m *message) eventName() string {
	switch m.kind {
	case kindIdentify:
		return EventIdentified
	case kindPage:
		return leads.EventPageViewed
	case kindScreen:
		return EventScreenViewed
	case kindGroup:
		return EventGroupJoined
	case kindAlias:
		return EventIdentityLinked
	}
	return m.name
}

// event is the message as the timeline has it, without a lead.
func (m *message) event(sourceID int64) *leads.Event {
	p := make(map[string]any, len(m.properties)+6)
	maps.Copy(p, m.properties)
	add := func(name, value string) {
		if _, taken := p[name]; !taken && value != "" {
			p[name] = value
		}
	}
	switch m.kind {
	case kindIdentify:
		p["traits"] = says(m.traits)
	case kindGroup:
		p["group_id"], p["traits"] = m.group, says(m.traits)
		if name, ok := m.traits["name"].(string); ok {
			add("name", name)
		}
	case kindAlias:
		p["previous_id"] = m.previous
	case kindPage, kindScreen:
		add("name", m.name)
		add("category", m.category)
		add("title", m.context.title)
		add("path", m.context.path)
		add("referrer", m.context.referrer)
		if m.kind == kindPage {
			add("url", m.context.page)
		}
	}
	if m.kind != kindPage {
		add("page", m.context.page)
	}
	add("utm_source", m.context.touch.Source)
	add("utm_medium", m.context.touch.Medium)
	add("utm_campaign", m.context.touch.Campaign)
	add("client_time", m.ahead)
	return &leads.Event{
		MessageID: m.key(sourceID), VisitorID: m.visitor, Name: m.eventName(), Properties: p,
		Source: "tracking:" + strconv.FormatInt(sourceID, 10), OccurredAt: m.at,
	}
}
