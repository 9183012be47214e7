package leads

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
)

// Holding is a table in which a feature keeps rows about leads. It is declared once, and
// merging two leads, erasing one and handing out what is known of one all go by it. A test
// walks the schema: no table with a lead_id goes undeclared.
type Holding struct {
	Table string
	Key   []string // the columns that tell a row from the others of its lead; text last
	Lead  string   // the column with the lead; "lead_id" when empty

	// Unique are sets of columns that no lead has twice. When two leads are merged a row
	// that the kept lead has already stays with the one that is gone.
	Unique [][]string

	// Through names the table that Lead points into, when that is not leads but another
	// holding: such rows go where the row goes that they hang on.
	Through string

	// Recount works rows that are nothing but sums out anew, for these leads: such a
	// holding is neither moved nor put back.
	Recount func(ctx context.Context, tx db.Tx, leadIDs []int64) error
	// Derived says that the feature works its rows out itself when it is offered "Leads
	// Merged", "Merge Undone" and "Lead Erased": they are neither moved nor put back.
	Derived bool

	Erase Erasure
	Hide  []string // columns that tell a person nothing and are left out of what is handed out
	// Names are the columns that point to something by its number, with the table and
	// column by which people know it: "form_id": "forms.key". It is handed out beside the
	// number, as "form".
	Names map[string]string
}

// Erasure is what becomes of a holding's rows when their person is erased. The zero value
// keeps them as they are: nothing in them tells who it was.
type Erasure struct {
	Delete bool
	// Set are columns and the SQL that they become, the same on both databases; a ? is
	// the time of erasing.
	Set map[string]string
}

// Person is one person and the rows of leads that are theirs: the one that stands, and
// those that were merged into it.
type Person struct {
	Lead   *Lead
	Merged []*Lead
}

// IDs are the ids of all rows of the person, the lead's own first.
func (p *Person) IDs() []int64 {
	ids := []int64{p.Lead.ID}
	for _, l := range p.Merged {
		ids = append(ids, l.ID)
	}
	return ids
}

// Emails are the addresses that lead to the person, normalised.
func (p *Person) Emails() []string {
	var out []string
	for _, l := range append([]*Lead{p.Lead}, p.Merged...) {
		if l.EmailNorm != "" {
			out = append(out, l.EmailNorm)
		}
	}
	return out
}

// AddHolding declares where a feature keeps rows about leads. A faulty declaration
// panics: that is a mistake in the program. Call it before anything is served.
func (s *Service) AddHolding(holdings ...Holding) {
	for _, h := range holdings {
		h = h.named()
		if flaw := h.flaw(); flaw != "" {
			panic("leads: holding " + h.Table + " " + flaw)
		}
		s.privacy.holdings = append(s.privacy.holdings, h)
	}
}

// Eraser takes away what a feature knows about a person outside of its holdings, within
// tx, before the rows themselves change. It may be called again for the same person, who
// has nothing left that tells who they are.
type Eraser func(ctx context.Context, tx db.Tx, p *Person, r EraseRequest) error

// AddEraser joins one. Call it before anything is served.
func (s *Service) AddEraser(e Eraser) { s.privacy.erasers = append(s.privacy.erasers, e) }

// Holdings are all that were declared, our own first.
func (s *Service) Holdings() []Holding { return append(s.ownHoldings(), s.privacy.holdings...) }

// ownHoldings are the tables of the lead store itself.
func (s *Service) ownHoldings() []Holding {
	own := []Holding{
		// Who was merged into the lead before goes along with it.
		{Table: "leads", Key: []string{"id"}, Lead: "merged_into", Hide: []string{"email_norm", "phone_norm", "folds", "name_fold", "name_turned", "told"}},
		{Table: "events", Key: []string{"id"}, Hide: []string{"folds"}, Erase: Erasure{Set: map[string]string{
			"properties": "'{}'", "folds": "'{}'", "visitor_id": "''", "message_id": "'erased:' || id",
		}}},
		// That somebody agreed, to what, when, and that they took it back, stays as proof;
		// the words are known by their version.
		{Table: "consents", Key: []string{"id"}, Erase: Erasure{Set: map[string]string{
			"words": "''", "page": "''", "ip": "''", "user_agent": "''",
		}}},
		{Table: "consent_states", Key: []string{"purpose", "channel"}, Recount: s.recountConsents},
		{Table: "lead_tags", Key: []string{"tag_id"}, Unique: [][]string{{"tag_id"}}, Erase: Erasure{Delete: true}, Names: map[string]string{"tag_id": "tags.name"}},
		{Table: "lead_erasures", Key: []string{"id"}, Hide: []string{"rows"}},
	}
	for i := range own {
		own[i] = own[i].named()
	}
	return own
}

func (h Holding) named() Holding {
	if h.Lead == "" {
		h.Lead = "lead_id"
	}
	return h
}

var columnPattern = regexp.MustCompile(`^[a-z_]+$`)

// flaw says what is wrong with a declaration, or "".
func (h Holding) flaw() string {
	names := append([]string{h.Table, h.Lead}, h.Key...)
	for _, set := range h.Unique {
		names = append(names, set...)
	}
	switch {
	case len(h.Key) == 0:
		return "does not say what tells its rows apart"
	case slices.ContainsFunc(names, func(name string) bool { return !columnPattern.MatchString(name) }):
		return "names something that is no table or column"
	case h.Through != "" && !columnPattern.MatchString(h.Through):
		return "goes through something that is no table"
	}
	for column, name := range h.Names {
		if table, of, ok := strings.Cut(name, "."); !ok || !strings.HasSuffix(column, "_id") || !columnPattern.MatchString(table) || !columnPattern.MatchString(of) {
			return "names " + column + " by something that is no column"
		}
	}
	return ""
}

// moves says whether rows change hands when leads are merged.
func (h Holding) moves() bool { return h.Recount == nil && !h.Derived && h.Through == "" }

// rowID is the SQL of what lead_merge_rows knows a row by.
func (h Holding) rowID() string {
	parts := make([]string, len(h.Key))
	for i, column := range h.Key {
		parts[i] = "CAST(r." + column + " AS TEXT)"
	}
	return strings.Join(parts, " || '/' || ")
}

// free is the SQL of the condition that no row of another lead stands in the way of this
// one; each ? is that lead.
func (h Holding) free() string {
	var out strings.Builder
	for _, set := range h.Unique {
		fmt.Fprintf(&out, " AND NOT EXISTS (SELECT 1 FROM %s AS o WHERE o.%s = ?", h.Table, h.Lead)
		for _, column := range set {
			fmt.Fprintf(&out, " AND o.%s = r.%s", column, column)
		}
		out.WriteString(")")
	}
	return out.String()
}

// of is the SQL of the condition that a row is one of these leads', for one ?.
func (h Holding) of() string {
	if h.Through == "" {
		return "r." + h.Lead + " IN (?)"
	}
	return fmt.Sprintf("r.%s IN (SELECT t.id FROM %s AS t WHERE t.lead_id IN (?))", h.Lead, h.Through)
}

// erase does, within tx, what the holding declares for rows of people who are erased, and
// returns how many rows that were.
func (h Holding) erase(ctx context.Context, tx db.Tx, ids []int64, now time.Time) (int64, error) {
	if h.Lead == "merged_into" || !h.Erase.Delete && len(h.Erase.Set) == 0 {
		return 0, nil
	}
	var err error
	var res sql.Result
	if h.Erase.Delete {
		res, err = tx.NewDelete().TableExpr("? AS r", bun.Ident(h.Table)).Where(h.of(), bun.List(ids)).Exec(ctx)
	} else {
		q := tx.NewUpdate().TableExpr("? AS r", bun.Ident(h.Table)).Where(h.of(), bun.List(ids))
		for _, column := range slices.Sorted(maps.Keys(h.Erase.Set)) {
			if becomes := h.Erase.Set[column]; strings.Contains(becomes, "?") {
				q = q.Set("? = "+becomes, bun.Ident(column), now)
			} else {
				q = q.Set("? = "+becomes, bun.Ident(column))
			}
		}
		res, err = q.Exec(ctx)
	}
	if err != nil {
		return 0, fmt.Errorf("%s: erase: %w", h.Table, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("%s: erase: %w", h.Table, err)
	}
	return n, nil
}
