package leads

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/sarnakh/sarnakh/internal/web"
)

// shownRows is how many rows of a table a person reads on the page; the file has all.
const shownRows = 100

type handOutPage struct {
	web.Page
	Lead    *Lead
	Name    string
	At      time.Time
	Profile []handOutBlock
	Groups  []handOutGroup
}

// handOutGroup is what belongs together, as what somebody did.
type handOutGroup struct {
	Title string
	Parts []handOutPart
}

// handOutPart is what one table holds.
type handOutPart struct {
	Title string
	N     int
	More  int // rows that only the file has
	Rows  []handOutBlock
}

// handOutBlock is a row, or a part of the profile.
type handOutBlock struct {
	Title string
	At    time.Time
	Lines []handOutLine
}

// handOutLine is one thing known, in words.
type handOutLine struct {
	Name, Value string
	Raw         bool // the name is a program's: there are no words for it
}

// handOutGroups are the tables by what they tell of somebody, in the order of reading;
// what stands in none comes last.
var handOutGroups = []struct {
	name   string
	tables []string
}{
	{"did", []string{"events", "submissions", "visitors", "exposures"}},
	{"agreed", []string{"consents", "consent_states"}},
	{"sent", []string{"messages", "webhook_messages", "webhook_deliveries"}},
	{"stand", []string{"lead_tags", "segment_members", "lead_scores", "score_parts", "enrollments", "journey_decisions"}},
	{"given", []string{"loyalty_balances", "ledger_entries", "offer_grants", "offer_decisions"}},
}

// handOut shows all that is known about one person, in words.
func (p pages) handOut(w http.ResponseWriter, r *http.Request) error {
	l, done, err := p.lead(w, r)
	if err != nil || done {
		return err
	}
	found, err := p.s.PersonData(r.Context(), l.ID)
	if err != nil {
		return err
	}
	fields, err := p.s.Fields(r.Context())
	if err != nil {
		return err
	}
	t := &teller{Page: p.kit.StaffPage(w, r, "privacy.export"), ctx: r.Context(), desk: p.s.desk, fields: fields}
	if t.names, err = p.s.ConditionNames(r.Context(), t.Lang); err != nil {
		return err
	}
	data := handOutPage{Lead: l, Name: calledOn(t.Page, l), At: found.At, Profile: t.profile(found.Lead)}
	rest := map[string]TableData{}
	for _, table := range found.Tables {
		rest[table.Table] = table
	}
	add := func(name string, tables []string) {
		g := handOutGroup{Title: t.T("handout.group." + name)}
		for _, table := range tables {
			if rows, ok := rest[table]; ok {
				g.Parts = append(g.Parts, t.part(rows))
				delete(rest, table)
			}
		}
		if len(g.Parts) > 0 {
			data.Groups = append(data.Groups, g)
		}
	}
	for _, g := range handOutGroups {
		add(g.name, g.tables)
	}
	add("other", slices.Sorted(maps.Keys(rest)))
	for _, other := range found.Merged {
		data.Groups = append(data.Groups, handOutGroup{
			Title: t.T("privacy.export.merged", "id", t.Digits(fmtID(other.ID))),
			Parts: []handOutPart{{Title: t.T("privacy.export.profile"), N: 1, Rows: t.profile(other)}},
		})
	}
	data.Page = t.Page
	return p.kit.Render(w, http.StatusOK, "app", "leads_export_one", data)
}

// part is a table in words.
func (t *teller) part(table TableData) handOutPart {
	part := handOutPart{Title: table.Table, N: len(table.Rows), More: max(0, len(table.Rows)-shownRows)}
	if key := "privacy.table." + table.Table; t.Has(key) {
		part.Title = t.T(key)
	}
	for _, row := range table.Rows[:min(len(table.Rows), shownRows)] {
		part.Rows = append(part.Rows, t.row(table.Table, row))
	}
	return part
}
