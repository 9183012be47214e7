package manifest

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// Row is a stored document: its table has just these columns.
type Row[D any] struct {
	bun.BaseModel `bun:"table:documents,alias:document"`

	ID         int64     `bun:",pk,autoincrement" json:"id"`
	Key        string    `json:"key"`
	Definition D         `bun:"type:jsonb" json:"definition"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
}

// Table is where the documents of one kind are stored, and is that Kind itself.
// P is the pointer to D that is the Doc.
type Table[D any, P interface {
	*D
	Doc
}] struct {
	Table string // "offers"
	Kind  string // "offer"
	Now   func() time.Time
	// Check, when given, sees a document that is about to be stored and may refuse it.
	Check func(ctx context.Context, tx db.Tx, d P) error
	// Stored, when given, is told after the commit that a document has changed.
	Stored func(key string)
}

// Name is the word after "kind:".
func (t Table[D, P]) Name() string { return t.Kind }

// New returns an empty document.
func (t Table[D, P]) New() Doc { return P(new(D)) }

func (t Table[D, P]) from() (string, bun.Ident) { return "? AS document", bun.Ident(t.Table) }

// Find returns the row with this key, or NotFound.
func (t Table[D, P]) Find(ctx context.Context, idb bun.IDB, key string) (*Row[D], error) {
	row := new(Row[D])
	expr, table := t.from()
	err := idb.NewSelect().Model(row).ModelTableExpr(expr, table).Where("key = ?", key).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%s %q: %w", t.Kind, key, errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", t.Kind, key, err)
	}
	return row, nil
}

// List returns the rows in the order in which they were made, 500 at the most.
func (t Table[D, P]) List(ctx context.Context, idb bun.IDB) ([]*Row[D], error) {
	var rows []*Row[D]
	expr, table := t.from()
	if err := idb.NewSelect().Model(&rows).ModelTableExpr(expr, table).Order("id").Limit(500).Scan(ctx); err != nil {
		return nil, fmt.Errorf("%s: list: %w", t.Table, err)
	}
	return rows, nil
}

// ByID returns the rows with these ids; unknown ids are left out.
func (t Table[D, P]) ByID(ctx context.Context, idb bun.IDB, ids []int64) (map[int64]*Row[D], error) {
	out := make(map[int64]*Row[D], len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	var rows []*Row[D]
	expr, table := t.from()
	if err := idb.NewSelect().Model(&rows).ModelTableExpr(expr, table).Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("%s: find: %w", t.Table, err)
	}
	for _, row := range rows {
		out[row.ID] = row
	}
	return out, nil
}

// Current returns the stored document, or NotFound.
func (t Table[D, P]) Current(ctx context.Context, idb bun.IDB, key string) (Doc, error) {
	row, err := t.Find(ctx, idb, key)
	if err != nil {
		return nil, err
	}
	return P(&row.Definition), nil
}

// Apply stores a document within tx. One that is the same as what is stored writes
// nothing.
func (t Table[D, P]) Apply(ctx context.Context, tx db.Tx, doc Doc) error {
	d, key := doc.(P), doc.Meta().Key
	old, err := t.Find(ctx, tx, key)
	if err != nil && !errors.Is(err, errs.NotFound) {
		return err
	}
	if err == nil && Same(&old.Definition, d) {
		return nil
	}
	if t.Check != nil {
		if err := t.Check(ctx, tx, d); err != nil {
			return err
		}
	}
	now := t.Now()
	row := &Row[D]{Key: key, Definition: *d, CreatedAt: now, UpdatedAt: now}
	expr, table := t.from()
	if _, err := tx.NewInsert().Model(row).ModelTableExpr(expr, table).ExcludeColumn("id").
		On("CONFLICT (key) DO UPDATE").Set("definition = EXCLUDED.definition").Set("updated_at = EXCLUDED.updated_at").
		Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("%s %q: store: %w", t.Kind, key, err)
	}
	if t.Stored != nil {
		tx.AfterCommit(func() { t.Stored(key) })
	}
	return nil
}

// Same compares two values as they are stored: by their JSON.
func Same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
