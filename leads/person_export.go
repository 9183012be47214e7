package leads

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// PersonData is all that is known about one person: what they may ask for.
type PersonData struct {
	At     time.Time   `json:"exported_at"`
	Lead   *Lead       `json:"lead"`
	Merged []*Lead     `json:"merged"` // leads that turned out to be this one
	Tables []TableData `json:"tables"`
}

// TableData is what one table holds about a person.
type TableData struct {
	Table string           `json:"table"`
	Rows  []map[string]any `json:"rows"`
}

// mostRows bounds what is handed out of one table: memory, and nobody has so many.
const mostRows = 100_000

// PersonData gathers everything about the person that a lead stands for, from all
// features, also what the leads hold that were merged into it.
func (s *Service) PersonData(ctx context.Context, id int64) (*PersonData, error) {
	idb := s.db.Read()
	p, err := s.Person(ctx, idb, id)
	if err != nil {
		return nil, err
	}
	out := &PersonData{At: s.clock.Now(), Lead: p.Lead, Merged: orEmpty(p.Merged), Tables: []TableData{}}
	for _, h := range s.Holdings() {
		if h.Lead == "merged_into" {
			continue
		}
		rows, err := h.rows(ctx, idb, p.IDs())
		if err != nil {
			return nil, err
		}
		if len(rows) > 0 {
			out.Tables = append(out.Tables, TableData{h.Table, rows})
		}
	}
	return out, nil
}

// rows are the holding's rows about these leads, by their key.
func (h Holding) rows(ctx context.Context, idb bun.IDB, ids []int64) ([]map[string]any, error) {
	var rows []map[string]any
	q := idb.NewSelect().TableExpr("? AS r", bun.Ident(h.Table)).ColumnExpr("r.*").Where(h.of(), bun.List(ids)).Limit(mostRows)
	for _, column := range slices.Sorted(maps.Keys(h.Names)) {
		table, name, _ := strings.Cut(h.Names[column], ".")
		q = q.ColumnExpr("(SELECT n.? FROM ? AS n WHERE n.id = r.?) AS ?", bun.Ident(name), bun.Ident(table), bun.Ident(column), bun.Ident(strings.TrimSuffix(column, "_id")))
	}
	for _, column := range h.Key {
		q = q.OrderExpr("r.?", bun.Ident(column))
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("%s: rows of leads: %w", h.Table, err)
	}
	for _, row := range rows {
		for _, column := range h.Hide {
			delete(row, column)
		}
		for column, value := range row {
			row[column] = plain(value)
		}
	}
	return rows, nil
}

// plain is a value of the database as JSON has it: documents as such, times in UTC.
func plain(value any) any {
	switch v := value.(type) {
	case []byte:
		return plain(string(v))
	case time.Time:
		return v.UTC()
	case string:
		if len(v) > 1 && (v[0] == '{' || v[0] == '[') {
			var document any
			if json.Unmarshal([]byte(v), &document) == nil {
				return document
			}
		}
	}
	return value
}

// count is how many rows a holding has about these leads.
func (h Holding) count(ctx context.Context, idb bun.IDB, ids []int64) (int, error) {
	var n int
	if err := idb.NewSelect().TableExpr("? AS r", bun.Ident(h.Table)).ColumnExpr("count(*)").Where(h.of(), bun.List(ids)).Scan(ctx, &n); err != nil {
		return 0, fmt.Errorf("%s: count rows of leads: %w", h.Table, err)
	}
	return n, nil
}
