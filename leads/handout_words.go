package leads

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// whens are the columns that say when a row came about, the first that there is.
var whens = []string{"at", "occurred_at", "created_at", "entered_at", "granted_at", "first_at", "updated_at"}

// heads are the columns that say what a table's row is about.
var heads = map[string][]string{
	"submissions": {"form"}, "exposures": {"experiment"}, "consents": {"purpose", "channel"}, "consent_states": {"purpose", "channel"},
	"messages": {"subject"}, "webhook_messages": {"event"}, "webhook_deliveries": {"endpoint"}, "lead_tags": {"tag"}, "segment_members": {"segment"},
	"score_parts": {"rule"}, "enrollments": {"journey"}, "journey_decisions": {"journey", "step"}, "ledger_entries": {"reason"},
	"offer_grants": {"offer"}, "offer_decisions": {"offer"},
}

// stems are where the catalogue has words for what a column may hold.
var stems = map[string]string{
	"messages.state": "delivery.state.", "offer_grants.state": "offers.state.", "webhook_deliveries.state": "webhooks.delivery.",
	"ledger_entries.kind": "loyalty.kind.", "journey_decisions.kind": "campaigns.step.",
	"journey_decisions.outcome": "handout.step.", "enrollments.state": "handout.way.", "offer_decisions.outcome": "handout.offer.",
	"consents.basis": "privacy.basis.", "consents.how": "privacy.way.", "consents.state": "privacy.state.", "consent_states.state": "privacy.state.",
	"messages.reason": "delivery.reason.", "messages.channel": "leads.channel.", "consents.channel": "leads.channel.", "consent_states.channel": "leads.channel.",
	"consents.purpose": "privacy.purpose.", "consent_states.purpose": "privacy.purpose.", "messages.purpose": "privacy.purpose.",
}

// inner are columns that only the program needs: the numbers by which rows know each
// other, and what it carries along to work with. The file has them.
func inner(column string) bool {
	switch column {
	case "external_id", "visitor_id", "order_id":
		return false
	case "id", "entry", "context", "body", "round", "attempt", "tries", "next_at", "lease_until", "header_id", "effect_key", "merged_into":
		return true
	}
	return strings.HasSuffix(column, "_id")
}

// row is a row of a table in words, without what is empty.
func (t *teller) row(table string, row map[string]any) handOutBlock {
	var b handOutBlock
	used := map[string]bool{}
	for _, column := range whens {
		if at, ok := moment(row[column]); ok {
			b.At, used[column] = at, true
			break
		}
	}
	if table == "events" {
		return t.eventBlock(row, b)
	}
	var title []string
	for _, column := range heads[table] {
		if text := t.cell(table, column, row[column]); text != "" {
			title = append(title, text)
			used[column] = true
		}
	}
	b.Title = strings.Join(title, t.T("leads.comma"))
	for _, column := range slices.Sorted(maps.Keys(row)) {
		if used[column] || inner(column) {
			continue
		}
		if document, ok := row[column].(map[string]any); ok && column != "reason" && column != "failed" {
			b.Lines = append(b.Lines, t.document(document)...)
			continue
		}
		if text := t.cell(table, column, row[column]); text != "" {
			b.Lines = append(b.Lines, t.line("handout.column.", column, text))
		}
	}
	return b
}

// eventBlock is an event as the timeline tells it, with all its properties.
func (t *teller) eventBlock(row map[string]any, b handOutBlock) handOutBlock {
	b.Title, _ = row["name"].(string)
	if _, ours := looks[b.Title]; ours {
		b.Title = t.T(eventKey(b.Title))
	}
	if properties, ok := row["properties"].(map[string]any); ok {
		b.Lines = t.document(properties)
	}
	if source, _ := row["source"].(string); source != "" {
		b.Lines = append(b.Lines, handOutLine{Name: t.T("privacy.source"), Value: t.origin(source).Text})
	}
	return b
}

// document is what a row keeps as one, line by line: answers, properties.
func (t *teller) document(d map[string]any) (lines []handOutLine) {
	for _, name := range slices.Sorted(maps.Keys(d)) {
		switch value := d[name].(type) {
		case map[string]any:
			for _, line := range t.document(value) {
				line.Name, line.Raw = t.documentName(name)+" · "+line.Name, false
				lines = append(lines, line)
			}
		default:
			text := t.worded(name, value).Value
			if label := t.documentName(name); text != "" && name != "effect" {
				lines = append(lines, handOutLine{Name: label, Value: text, Raw: label == name})
			}
		}
	}
	return lines
}

// documentName is what a property or an answer is called.
func (t *teller) documentName(name string) string {
	if label := t.label(name); label != name {
		return label
	}
	return t.propertyName(name)
}

// line is a column with its value. The name of one without words is a program's.
func (t *teller) line(stem, name, text string) handOutLine {
	if t.Has(stem + name) {
		return handOutLine{Name: t.T(stem + name), Value: text}
	}
	return handOutLine{Name: name, Value: text, Raw: true}
}

// cell is a column's value in words, "" when there is nothing to tell.
func (t *teller) cell(table, column string, value any) string {
	if at, ok := moment(value); ok {
		return t.DateTime(at)
	}
	switch v := value.(type) {
	case nil:
		return ""
	case bool:
		if !v {
			return ""
		}
		return t.T("word.yes")
	case float64:
		if column == "value" && v == 0 { // nothing was bought yet
			return ""
		}
		return t.Num(v)
	case int64:
		if column == "crossed" { // a yes or no of SQLite
			return t.cell(table, column, v != 0)
		}
		return t.Num(v)
	case string:
		return t.text(table, column, v)
	case map[string]any:
		return t.composed(column, v)
	}
	return t.plain(value)
}

// text is a column's text in words.
func (t *teller) text(table, column, text string) string {
	if text == "" {
		return ""
	}
	if key := stems[table+"."+column] + text; t.Has(key) {
		return t.T(key)
	}
	switch {
	case table == "webhook_deliveries" && column == "error":
		return t.T("handout.undelivered")
	case column == "source":
		return t.origin(text).Text
	case column == "language":
		return languageName(t.Lang, text)
	case column == "cause": // "journey:guide:…" and what follows is the program's
		kind, rest, _ := strings.Cut(text, ":")
		key, _, _ := strings.Cut(rest, ":")
		return t.origin(strings.TrimSuffix(kind+":"+key, ":")).Text
	case column == "content_key":
		return t.title("email", text)
	case column == "better":
		return t.title("offer", text)
	case table == "score_parts" && column == "rule":
		return t.title("scoring_rule", text)
	case titled[column] != "":
		return t.title(titled[column], text)
	}
	return text
}

// composed is a column that keeps one thing as a document: a condition or a text in
// several languages.
func (t *teller) composed(column string, d map[string]any) string {
	if len(d) == 0 {
		return ""
	}
	raw, err := json.Marshal(d)
	if err != nil {
		return fmt.Sprint(d)
	}
	var c conditions.Condition
	if column == "failed" && json.Unmarshal(raw, &c) == nil {
		return c.SayWith(t.Locale, t.names)
	}
	var text i18n.Text
	if json.Unmarshal(raw, &text) == nil {
		return text.In(t.Lang)
	}
	return string(raw)
}

// moment is a value that is a time.
func moment(value any) (time.Time, bool) {
	switch v := value.(type) {
	case time.Time:
		return v, true
	case string:
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil && len(v) >= len(time.DateTime) {
			return at, true
		}
	}
	return time.Time{}, false
}
