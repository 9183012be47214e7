package db

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/schema"
)

// InBulkTx is InTx for much at once: on PostgreSQL InsertMany then uses COPY. On SQLite
// it is InTx.
func (d *DB) InBulkTx(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error {
	if d.dialect != Postgres {
		return d.InTx(ctx, fn)
	}
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	fn = withAlong(ctx, fn)
	var after []func()
	if err := conn.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		return fn(ctx, Tx{Tx: tx, after: &after, conn: conn.Conn})
	}); err != nil {
		return err
	}
	for _, f := range after {
		f()
	}
	return nil
}

// InsertMany inserts rows of a bun model, several times as fast as an INSERT that spells
// the values out: on PostgreSQL the columns travel as arrays, or within InBulkTx by COPY,
// on SQLite one prepared statement takes them by the dozen. Every column is written; the
// id is the database's to give unless the first row has one (see NextIDs). conflict is
// what stands behind the values, "ON CONFLICT DO NOTHING" or nothing. It returns how many
// rows went in.
func InsertMany[T any](ctx context.Context, tx Tx, rows []*T, conflict string) (int64, error) {
	if len(rows) == 0 {
		return 0, nil
	}
	table := tx.Dialect().Tables().Get(reflect.TypeFor[T]())
	fields := table.Fields
	if id := table.PKs; len(id) == 1 && id[0].AutoIncrement && id[0].Value(reflect.ValueOf(rows[0]).Elem()).IsZero() {
		fields = slices.DeleteFunc(slices.Clone(fields), func(f *schema.Field) bool { return f == id[0] })
	}
	if tx.conn != nil {
		return insertCopied(ctx, tx, table, fields, rows, nil, conflict)
	}
	if onPostgres(tx) {
		return insertArrays(ctx, tx, table, fields, rows, conflict)
	}
	return insertHundreds(ctx, tx, table, fields, rows, conflict)
}

// UpdateMany writes the named columns of rows that exist, found by the first column of
// their primary key, and returns how many there were.
func UpdateMany[T any](ctx context.Context, tx Tx, rows []*T, columns ...string) (int64, error) {
	if len(rows) == 0 {
		return 0, nil
	}
	table := tx.Dialect().Tables().Get(reflect.TypeFor[T]())
	fields := []*schema.Field{table.PKs[0]}
	for _, name := range columns {
		f, err := table.Field(name)
		if err != nil {
			return 0, fmt.Errorf("update %s: %w", table.Name, err)
		}
		fields = append(fields, f)
	}
	if onPostgres(tx) {
		return updateArrays(ctx, tx, table, fields, rows)
	}
	return updateEach(ctx, tx, table, fields, rows)
}

// NextIDs reserves n ids of a table, in ascending order, for rows that are then inserted
// with them. Ids that stay unused are lost, which harms nobody.
func NextIDs(ctx context.Context, tx Tx, table string, n int) ([]int64, error) {
	if n == 0 {
		return nil, nil
	}
	ids := make([]int64, 0, n)
	if onPostgres(tx) {
		var text string
		if err := tx.Tx.Tx.QueryRowContext(ctx, `WITH sequence AS MATERIALIZED (SELECT pg_get_serial_sequence($1, 'id')::regclass AS name)
			SELECT string_agg(nextval(sequence.name)::text, ' ') FROM sequence, generate_series(1, $2::int)`, table, n).Scan(&text); err != nil {
			return nil, fmt.Errorf("%s: reserve ids: %w", table, err)
		}
		for one := range strings.SplitSeq(text, " ") {
			id, err := strconv.ParseInt(one, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("%s: reserve ids: %w", table, err)
			}
			ids = append(ids, id)
		}
		return ids, nil
	}
	// The one writer is us: nobody takes an id in between.
	var last int64
	if err := tx.Tx.Tx.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?`, table).Scan(&last); err != nil {
		return nil, fmt.Errorf("%s: reserve ids: %w", table, err)
	}
	for i := range n {
		ids = append(ids, last+int64(i)+1)
	}
	return ids, nil
}

func onPostgres(tx Tx) bool { return tx.Dialect().Name() == dialect.PG }

func isJSON(f *schema.Field) bool { return strings.EqualFold(f.UserSQLType, "jsonb") }

// texts writes the values of JSON columns, one that rows share only once.
type texts map[*schema.Field]struct {
	of   uintptr
	text string
}

func (t texts) of(f *schema.Field, v reflect.Value) (*string, error) {
	if (v.Kind() == reflect.Map || v.Kind() == reflect.Slice) && v.IsNil() {
		return nil, nil
	}
	last, known := t[f]
	if known && v.Kind() == reflect.Map && v.Pointer() == last.of {
		return &last.text, nil
	}
	raw, err := appendJSON(nil, v.Interface())
	if err != nil {
		return nil, fmt.Errorf("column %s: %w", f.Name, err)
	}
	last.text = string(raw)
	if v.Kind() == reflect.Map {
		last.of = v.Pointer()
		t[f] = last
	}
	return &last.text, nil
}
