package transfer

import (
	"context"
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
