package transfer

import (
	"strconv"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/leads/transfer/sheet"
)

// reader turns rows of one table into people, as the plan has it.
type reader struct {
	columns  []Column // by their place in the row
	fields   leads.Catalogue
	standing Standing
	zone     *time.Location // in which a day begins
	source   string         // what first brought them, as their touch says
}

func newReader(p *Plan, part Part, fields leads.Catalogue, zone *time.Location, source string) *reader {
	r := &reader{standing: part.Standing, fields: fields, zone: zone, source: source}
	for _, name := range part.Header {
		r.columns = append(r.columns, p.columnOf(name))
	}
	return r
}

// person is what a row says.
type person struct {
	*leads.Profile
	ready    *leads.Candidate // the profile made ready, unless the row is refused
	row      sheet.Row
	tags     []string
	standing Standing  // as the table or the row has it; Subscribed when nothing speaks
	agreed   time.Time // when the row says so
	left     time.Time
	reason   string // why it is refused
	field    string // the column that is to blame
}

// read makes a person of a row, or says why not.
func (r *reader) read(row sheet.Row) *person {
	p := &person{row: row, standing: r.standing}
	if row.Fault != "" {
		p.reason = row.Fault
		return p
	}
	p.Profile = &leads.Profile{Touch: leads.Touch{Source: r.source}}
	for i, c := range r.columns {
		if c.To == ToIgnore {
			continue
		}
		cell := visible(row.Cells[i])
		if cell == "" {
			continue
		}
		if reason := r.take(p, c, rearmed(cell)); reason != "" {
			p.reason, p.field = reason, c.Name
			return p
		}
	}
	if p.standing == "" {
		p.standing = Subscribed
	}
	if p.Email == "" && p.Phone == "" && p.ExternalID == "" {
		p.reason = refuseNobody
	}
	return p
}

// take puts a cell where it belongs and returns why it cannot be taken, if so.
func (r *reader) take(p *person, c Column, cell string) (reason string) {
	ok := true
	switch c.To {
	case "email":
		p.Email, ok = readEmail(cell)
		reason = refuseEmail
	case "phone":
		if shortened(cell) {
			return refuseExponent
		}
		p.Phone, reason = cell, refuseLong
		ok = len(cell) <= 320
	case "external_id":
		if shortened(cell) {
			return refuseExponent
		}
		p.ExternalID, reason = cell, refuseLong
		ok = len(cell) <= 320
	case "first_name":
		p.FirstName, reason = oneLine(cell), refuseLong
		ok = len(cell) <= 320
	case "last_name":
		p.LastName, reason = oneLine(cell), refuseLong
		ok = len(cell) <= 320
	case ToName:
		p.FirstName, p.LastName, _ = strings.Cut(oneLine(cell), " ")
		reason, ok = refuseLong, len(cell) <= 320
	case "language":
		p.Language, ok = readLanguage(cell)
		reason = refuseLanguage
	case "country":
		p.Country, ok = readCountry(cell)
		reason = refuseCountry
	case "time_zone":
		p.TimeZone, ok = readZone(cell)
		reason = refuseZone
	case "stage":
		p.Stage, ok = readWord(c.To, cell, leads.Stages)
		reason = refuseChoice
	case "relation":
		p.Relation, ok = readWord(c.To, cell, leads.Relations)
		reason = refuseChoice
	case "channel":
		p.Channel, ok = readWord(c.To, cell, leads.Channels)
		reason = refuseChoice
	case "owner":
		p.Owner, ok = readEmail(cell)
		reason = refuseEmail
	case ToTags:
		var tags []string
		tags, ok = readTags(cell)
		p.tags, reason = append(p.tags, tags...), refuseTag
	case ToStatus:
		p.stand(readStanding(cell))
	case ToOptOut:
		var out bool
		if out, ok = readBool(cell); out {
			p.stand(Unsubscribed)
		}
		reason = refuseBool
	case ToConsentAt:
		p.agreed, reason = r.moment(cell)
		return reason
	case ToLeftAt:
		if p.left, reason = r.moment(cell); reason == "" && p.standing != Bounced {
			p.stand(Unsubscribed)
		}
		return reason
	case ToAttributes:
		var object map[string]any
		if object, ok = readObject(cell); ok {
			for name, value := range object {
				p.attribute(name, value)
			}
		}
		reason = refuseJSON
	default:
		return r.custom(p, c, cell)
	}
	if ok {
		return ""
	}
	return reason
}

// moment reads when something was said: of a day without a time its beginning, where we are.
func (r *reader) moment(cell string) (at time.Time, reason string) {
	at, reason = parseDate(cell)
	if reason == "" && r.zone != nil && !strings.Contains(cell, ":") {
		at = time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, r.zone)
	}
	return at, reason
}

// stand takes what a row says of the person's standing: whatever keeps them from being
// written to outweighs what does not.
func (p *person) stand(s Standing) {
	weight := map[Standing]int{"": 0, Subscribed: 0, Unconfirmed: 1, Unsubscribed: 2, Bounced: 3}
	if weight[s] >= weight[p.standing] {
		p.standing = s
	}
}

// custom puts a cell into a field of one's own: one that is declared as its declaration
// has it, another as the plan has it.
func (r *reader) custom(p *person, c Column, cell string) (reason string) {
	if _, declared := r.fields.Find(c.Attribute()); declared {
		value, err := r.fields.Parse(c.Attribute(), cell)
		if fields, bad := errs.AsFields(err); bad {
			return declaredReason(fields[c.Attribute()])
		}
		p.attribute(c.Attribute(), value)
		return ""
	}
	switch c.Type {
	case "number":
		n, ok := readNumber(cell)
		if !ok {
			return refuseNumber
		}
		p.attribute(c.Attribute(), n)
	case "bool":
		b, ok := readBool(cell)
		if !ok {
			return refuseBool
		}
		p.attribute(c.Attribute(), b)
	case "date":
		at, reason := parseDate(cell)
		if reason != "" {
			return reason
		}
		if at.Hour()+at.Minute()+at.Second() == 0 {
			p.attribute(c.Attribute(), at.Format(time.DateOnly))
		} else {
			p.attribute(c.Attribute(), at.Format(time.RFC3339))
		}
	default:
		if len(cell) > maxText {
			return refuseLong
		}
		p.attribute(c.Attribute(), cell)
	}
	return ""
}

// declaredReason is ours for what the catalogue of fields has against a value.
func declaredReason(message string) string {
	key, _, _ := strings.Cut(message, "=")
	switch key {
	case "errors.number", "errors.gte", "errors.lte":
		return refuseNumber
	case "errors.date":
		return refuseDate
	case "errors.yes_no":
		return refuseBool
	case "errors.choice":
		return refuseChoice
	case "errors.url":
		return refuseURL
	case "errors.max":
		return refuseLong
	}
	return refuseOther
}

func (p *person) attribute(name string, value any) {
	if p.Attributes == nil {
		p.Attributes = map[string]any{}
	}
	p.Attributes[name] = value
}

// oneLine is a name without line breaks.
func oneLine(cell string) string {
	if !strings.ContainsAny(cell, "\n\t") {
		return cell
	}
	return strings.Join(strings.Fields(cell), " ")
}

// refusal is the row as it is handed back. What is too large for any cell was cut when
// it was read.
func (p *person) refusal(importID int64, part int64) *Refusal {
	cells := p.row.Cells
	if cells == nil {
		cells = []string{}
	}
	return &Refusal{ImportID: importID, Part: part, Line: int64(p.row.Line), Reason: p.reason, Field: p.field, Cells: cells}
}

// sourceOf is how an import is called where consents and events name where they come from.
func sourceOf(importID int64) string { return "import:" + strconv.FormatInt(importID, 10) }
