package transfer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
)

// Plan is what a person wants done with a file.
type Plan struct {
	Columns []Column `json:"columns"`
	// Mode says what happens to people who are known: ModeUpdate or ModeSkip.
	Mode    string   `json:"mode"`
	Tags    []string `json:"tags"` // put on everybody
	Consent Consent  `json:"consent"`
	// Start has the import begin after the dry run without asking again.
	Start bool `json:"start,omitempty"`
}

// The modes.
const (
	ModeUpdate = "update" // what the row says is written; empty cells change nothing
	ModeSkip   = "skip"   // known people stay as they are
)

// Column says what the cells under a name are. A name means the same in every table.
type Column struct {
	Name string `json:"name"`
	// To is one of Targets, or "attribute:" and the name of a field of one's own.
	To string `json:"to"`
	// Type is how the cells of an attribute are read: text, number, bool or date.
	Type string `json:"type,omitempty"`
}

// The targets of a column beside the fields of a lead.
const (
	ToIgnore     = ""
	ToName       = "name"       // first and last name in one
	ToTags       = "tags"       // several, separated by comma, semicolon or bar
	ToAttributes = "attributes" // a JSON object of fields of one's own
	ToStatus     = "status"     // "subscribed", "unsubscribed", "cleaned", …
	ToOptOut     = "opt_out"    // a yes means unsubscribed
	ToConsentAt  = "consent_at" // when they agreed
	ToLeftAt     = "left_at"    // when they unsubscribed

	toAttribute = "attribute:"
)

// Targets lists what a column can be, in the order of the page.
var Targets = []string{
	"email", "first_name", "last_name", ToName, "phone", "external_id", "language", "country", "time_zone",
	"stage", "relation", "channel", "owner", ToTags, ToStatus, ToOptOut, ToConsentAt, ToLeftAt, ToAttributes,
}

// Types lists how an attribute can be read.
var Types = []string{"text", "number", "bool", "date"}

// Attribute is the name of the field of one's own that the column goes to, or "".
func (c Column) Attribute() string {
	name, ok := strings.CutPrefix(c.To, toAttribute)
	if !ok {
		return ""
	}
	return name
}

// Consent is what is stated about everybody in the file who did not leave the list.
// There is no default: somebody has to say it.
type Consent struct {
	// Choice is ConsentGiven or ConsentNone.
	Choice   string `json:"choice"`
	Words    string `json:"words,omitempty"`  // what they agreed to, as they read it
	Source   string `json:"source,omitempty"` // where: "stall at the book fair", "old shop"
	Basis    string `json:"basis,omitempty"`  // one of Bases
	Language string `json:"language,omitempty"`
	Date     string `json:"date,omitempty"` // 2006-01-02; a column of the file may know better
}

// The choices of consent.
const (
	ConsentGiven = "given"
	ConsentNone  = "none" // they are stored, and no marketing is sent to them
)

// Bases are the lawful bases that marketing can rest on.
var Bases = []string{"consent", "contract", "legitimate_interest"}

// filled is the plan with empty lists where there were none.
func (p Plan) filled() Plan {
	if p.Columns == nil {
		p.Columns = []Column{}
	}
	if p.Tags == nil {
		p.Tags = []string{}
	}
	return p
}

// Check says what of a plan does not hold for a file, field by field. What is missing is
// said too: columns that identify nobody, no word on consent.
func (p *Plan) Check(f Found, now time.Time) error {
	bad := errs.Fields{}
	for _, c := range p.Columns {
		if !known(f, c.Name) {
			bad["columns"] = fmt.Sprintf("errors.import_no_column=%s", c.Name)
		}
	}
	used := map[string]string{}
	for _, c := range p.Columns {
		switch attribute := c.Attribute(); {
		case c.To == ToIgnore:
			continue
		case attribute != "":
			if slices.Contains(leads.BuiltIn, attribute) || len(attribute) > 100 || strings.ContainsAny(attribute, "\"\\\x00#~@") {
				bad["columns"] = fmt.Sprintf("errors.import_attribute=%s", attribute)
			}
		case !slices.Contains(Targets, c.To):
			bad["columns"] = fmt.Sprintf("errors.import_target=%s", c.To)
		}
		if c.Type != "" && !slices.Contains(Types, c.Type) {
			bad["columns"] = fmt.Sprintf("errors.import_type=%s", c.Type)
		}
		if other, twice := used[c.To]; twice && c.To != ToTags && together(f, other, c.Name) {
			bad["columns"] = fmt.Sprintf("errors.import_twice=%s", c.Name)
		}
		used[c.To] = c.Name
	}
	if used["email"] == "" && used["phone"] == "" && used["external_id"] == "" {
		bad["columns"] = "errors.import_nobody"
	}
	if p.Mode != ModeUpdate && p.Mode != ModeSkip {
		bad["mode"] = "errors.choice"
	}
	for _, tag := range p.Tags {
		if !validTag(tag) {
			bad["tags"] = "errors.tag"
		}
	}
	p.Consent.check(bad, now)
	return bad.OrNil()
}

func (c *Consent) check(bad errs.Fields, now time.Time) {
	switch c.Choice {
	case ConsentNone:
		return
	case ConsentGiven:
	default:
		bad["consent"] = "errors.import_consent"
		return
	}
	if strings.TrimSpace(c.Words) == "" {
		bad["words"] = "errors.required"
	}
	if strings.TrimSpace(c.Source) == "" {
		bad["source"] = "errors.required"
	}
	if !slices.Contains(Bases, c.Basis) {
		bad["basis"] = "errors.required"
	}
	if len(c.Words) > 5000 || len(c.Source) > 500 {
		bad["words"] = "errors.max=5000"
	}
	day, ok := readDate(c.Date)
	switch {
	case c.Date == "":
		bad["date"] = "errors.required"
	case !ok || day.After(now):
		bad["date"] = "errors.date"
	default:
		c.Date = day.Format(time.DateOnly)
	}
}

func known(f Found, name string) bool {
	return slices.ContainsFunc(f.Parts, func(p Part) bool { return slices.Contains(p.Header, name) })
}

// together says whether a table has both columns: then they cannot mean the same.
func together(f Found, a, b string) bool {
	return slices.ContainsFunc(f.Parts, func(p Part) bool { return slices.Contains(p.Header, a) && slices.Contains(p.Header, b) })
}

// columnOf is what the plan says of a name.
func (p *Plan) columnOf(name string) Column {
	for _, c := range p.Columns {
		if c.Name == name {
			return c
		}
	}
	return Column{Name: name}
}
