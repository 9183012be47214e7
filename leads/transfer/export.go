package transfer

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
)

// Export is one taking of leads out of the house: the row that says who, when, how many
// and why. It is written before the first lead leaves.
type Export struct {
	bun.BaseModel `bun:"table:exports,alias:export"`

	ID         int64     `bun:",pk,autoincrement" json:"id"`
	ByWhom     string    `json:"by"`
	Reason     string    `json:"reason"`
	Format     string    `json:"format"`
	Columns    []string  `bun:"type:jsonb" json:"columns"`
	Selection  Selection `bun:"type:jsonb" json:"selection"`
	Rows       int64     `json:"rows"`              // that left so far
	State      string    `json:"state"`             // ExportRunning, ExportDone or ExportBroken
	AliveAt    time.Time `bun:",nullzero" json:"-"` // when it was last heard of
	CreatedAt  time.Time `json:"created_at"`
	FinishedAt time.Time `bun:",nullzero" json:"finished_at,omitzero"`
}

// An export's states.
const (
	ExportRunning = "running"
	ExportDone    = "done"
	ExportBroken  = "broken" // the reader went away, or something failed
)

// Selection is which leads leave. What is empty narrows nothing; merged and erased leads
// never leave.
type Selection struct {
	Search   string `json:"search,omitempty"` // finds the first 500, as the list does
	Stage    string `json:"stage,omitempty"`
	Relation string `json:"relation,omitempty"`
	Owner    string `json:"owner,omitempty"`
	Language string `json:"language,omitempty"`
	Tag      string `json:"tag,omitempty"`
	Segment  string `json:"segment,omitempty"` // by its key
	// Erased says that there was a search, for somebody who was erased since.
	Erased bool `json:"search_erased,omitempty"`
}

// ExportRequest is what somebody asks for.
type ExportRequest struct {
	Format    string    `json:"format"`  // one of Formats
	Columns   []string  `json:"columns"` // of ExportColumns, or "attribute:" and a name; empty: all
	Selection Selection `json:"selection"`
	Reason    string    `json:"reason"` // why the data leaves: whoever looks into it later reads this
	// Mark puts a byte order mark before a CSV, without which Excel misreads Persian.
	Mark bool `json:"mark"`
}

// Formats are what leads can leave as.
var Formats = []string{"csv", "xlsx", "jsonl"}

// The columns that are not fields of a lead.
const (
	columnID         = "id"
	columnTags       = "tags"
	columnConsent    = "consent_email" // yes, no, or empty when never spoken of
	columnAttributes = "attributes"    // all fields of one's own in one JSON object
	columnUpdated    = "updated_at"
)

// ExportColumns lists the columns that every export can have, in their order.
var ExportColumns = slices.Concat([]string{columnID}, leads.BuiltIn[:12], []string{columnTags, columnConsent, "created_at", columnUpdated}, leads.BuiltIn[13:])

// maxReason bounds the text of a reason, in characters.
const maxReason = 500

// Check says what of a request does not hold.
func (r *ExportRequest) Check() error {
	bad := errs.Fields{}
	if !slices.Contains(Formats, r.Format) {
		bad["format"] = "errors.choice"
	}
	for _, c := range r.Columns {
		name, own := strings.CutPrefix(c, toAttribute)
		if !slices.Contains(ExportColumns, c) && c != columnAttributes && (!own || name == "") {
			bad["columns"] = "errors.export_column=" + c
		}
	}
	if len(r.Columns) > 200 {
		bad["columns"] = "errors.max_items=200"
	}
	switch n := len([]rune(strings.TrimSpace(r.Reason))); {
	case n == 0:
		bad["reason"] = "errors.required"
	case n > maxReason || strings.ContainsRune(r.Reason, 0):
		bad["reason"] = "errors.max=" + strconv.Itoa(maxReason)
	}
	for field, err := range map[string]error{"selection": leads.ListOptions{Stage: r.Selection.Stage, Relation: r.Selection.Relation}.Check()} {
		if err != nil {
			bad[field] = "errors.choice"
		}
	}
	return bad.OrNil()
}

// exportBatch is how many leads are in memory at a time.
const exportBatch = 1000

// Begin writes down that somebody takes leads out. Nothing leaves without it.
func (s *Service) Begin(ctx context.Context, r ExportRequest, byWhom string) (*Export, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	if len(r.Columns) == 0 {
		declared, err := s.OwnFields(ctx)
		if err != nil {
			return nil, err
		}
		all, err := s.leads.AttributeNames(ctx)
		if err != nil {
			return nil, err
		}
		own := append(declared, all...)
		slices.Sort(own)
		r.Columns = slices.Clone(ExportColumns)
		for _, name := range slices.Compact(own) {
			r.Columns = append(r.Columns, toAttribute+name)
		}
	}
	r.Selection.Erased = false
	e := &Export{ByWhom: byWhom, Reason: strings.TrimSpace(r.Reason), Format: r.Format, Columns: r.Columns, Selection: r.Selection,
		State: ExportRunning, CreatedAt: s.clock.Now(), AliveAt: s.clock.Now()}
	err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewInsert().Model(e).ExcludeColumn("id").Returning("id").Exec(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("export: begin: %w", err)
	}
	return e, nil
}

// Run writes the leads of an export that has begun, the newest first, batch by batch. How
// many have left is written down also when the reader goes away.
func (s *Service) Run(ctx context.Context, e *Export, w io.Writer, mark bool) error {
	out, err := newTable(e.Format, w, mark, s.tempDir)
	if err == nil {
		err = s.run(ctx, e, out)
	}
	e.State, e.FinishedAt = ExportDone, s.clock.Now()
	if err != nil {
		e.State = ExportBroken
	}
	ctx = context.WithoutCancel(ctx)
	logged := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewUpdate().Model(e).Column("rows", "state", "finished_at").WherePK().Exec(ctx)
		return err
	})
	if err == nil && logged != nil {
		err = fmt.Errorf("export %d: write down: %w", e.ID, logged)
	}
	return err
}

func (s *Service) run(ctx context.Context, e *Export, out table) error {
	defer out.close()
	if err := out.header(e.Columns); err != nil {
		return err
	}
	options := leads.ListOptions{
		Search: e.Selection.Search, Stage: e.Selection.Stage, Relation: e.Selection.Relation, Owner: e.Selection.Owner,
		Language: e.Selection.Language, Tag: e.Selection.Tag, Segment: e.Selection.Segment, Limit: exportBatch,
	}
	for {
		page, more, err := s.leads.List(ctx, options)
		if err != nil {
			return err
		}
		rows, err := s.exported(ctx, e, page)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := out.row(e.Columns, row); err != nil {
				return err
			}
			e.Rows++
		}
		if !more {
			return out.end()
		}
		if err := s.beat(ctx, e); err != nil {
			return err
		}
		options.Before = page[len(page)-1].ID
	}
}

// exported are the values of leads, by column.
func (s *Service) exported(ctx context.Context, e *Export, page []*leads.Lead) ([][]any, error) {
	ids := make([]int64, 0, len(page))
	for _, l := range page {
		ids = append(ids, l.ID)
	}
	var tags map[int64][]string
	var consents map[int64]bool
	var err error
	if slices.Contains(e.Columns, columnTags) {
		if tags, err = s.leads.TagsOf(ctx, s.db.Read(), ids); err != nil {
			return nil, err
		}
	}
	if slices.Contains(e.Columns, columnConsent) {
		if consents, err = s.leads.MayContact(ctx, s.db.Read(), channelEmail, ids); err != nil {
			return nil, err
		}
	}
	rows := make([][]any, 0, len(page))
	for _, l := range page {
		if !l.ErasedAt.IsZero() {
			continue
		}
		row := make([]any, len(e.Columns))
		for i, column := range e.Columns {
			switch column {
			case columnTags:
				row[i] = tags[l.ID]
			case columnConsent:
				if may, spoken := consents[l.ID]; spoken {
					row[i] = may
				}
			default:
				row[i] = valueOf(l, column)
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// valueOf is what stands in a column for a lead.
func valueOf(l *leads.Lead, column string) any {
	switch column {
	case columnID:
		return l.ID
	case "email":
		return l.Email
	case "external_id":
		return l.ExternalID
	case "phone":
		if l.PhoneNorm != "" {
			return l.PhoneNorm
		}
		return l.Phone
	case "first_name":
		return l.FirstName
	case "last_name":
		return l.LastName
	case "language":
		return l.Language
	case "time_zone":
		return l.TimeZone
	case "country":
		return l.Country
	case "stage":
		return l.Stage
	case "relation":
		return l.Relation
	case "channel":
		return l.Channel
	case "owner":
		return l.Owner
	case "created_at":
		return l.CreatedAt.UTC().Format(time.RFC3339)
	case columnUpdated:
		return l.UpdatedAt.UTC().Format(time.RFC3339)
	case "source":
		return l.FirstTouch.Source
	case "medium":
		return l.FirstTouch.Medium
	case "campaign":
		return l.FirstTouch.Campaign
	case "last_source":
		return l.LastTouch.Source
	case "last_medium":
		return l.LastTouch.Medium
	case "last_campaign":
		return l.LastTouch.Campaign
	case columnAttributes:
		return l.Attributes
	}
	name, _ := strings.CutPrefix(column, toAttribute)
	return l.Attributes[name]
}

// OwnFields are the names of the fields of one's own that are declared or that the newest
// thousand leads have, in alphabetical order.
func (s *Service) OwnFields(ctx context.Context) ([]string, error) {
	catalogue, err := s.leads.Fields(ctx)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, f := range catalogue.All() {
		if !f.Archived {
			seen[f.Key] = true
		}
	}
	newest, _, err := s.leads.List(ctx, leads.ListOptions{Limit: 1000})
	if err != nil {
		return nil, err
	}
	for _, l := range newest {
		for name := range l.Attributes {
			seen[name] = true
		}
	}
	names := make([]string, 0, len(seen))
	for name := range seen {
		names = append(names, name)
	}
	slices.Sort(names)
	return names[:min(len(names), 100)], nil
}

// Exports returns who took leads out, the newest first, back from the one with the id
// before.
func (s *Service) Exports(ctx context.Context, before int64, limit int) (page []*Export, more bool, err error) {
	q := s.db.Read().NewSelect().Model(&page).Order("id DESC").Limit(int64(limit) + 1)
	if before > 0 {
		q = q.Where("id < ?", before)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, false, fmt.Errorf("exports: list: %w", err)
	}
	if len(page) > limit {
		return page[:limit], true, nil
	}
	return page, false, nil
}

// textOf is a value as it stands in a cell.
func textOf(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []string:
		return strings.Join(v, "; ")
	case []any:
		parts := make([]string, len(v))
		for i, part := range v {
			parts[i] = textOf(part)
		}
		return strings.Join(parts, "; ")
	}
	raw, err := json.Marshal(value)
	if err != nil || string(raw) == "null" {
		return ""
	}
	return string(raw)
}
