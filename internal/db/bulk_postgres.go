package db

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/uptrace/bun/schema"
)

// insertCopied sends rows by COPY. It knows no conflicts: where one of the rows stands
// already it is undone, and the rows go the slower way.
func insertCopied[T any](ctx context.Context, tx Tx, table *schema.Table, fields []*schema.Field, rows []*T, packed map[*T]Packed, conflict string) (int64, error) {
	if conflict != "" {
		if _, err := tx.Tx.Tx.ExecContext(ctx, "SAVEPOINT bulk"); err != nil {
			return 0, fmt.Errorf("copy into %s: %w", table.Name, err)
		}
	}
	n, err := copyRows(ctx, tx, table, fields, rows, packed)
	if conflict == "" {
		return n, err
	}
	if err == nil {
		_, err = tx.Tx.Tx.ExecContext(ctx, "RELEASE SAVEPOINT bulk")
		return n, err
	}
	if !IsUnique(err) {
		return 0, err
	}
	if _, err := tx.Tx.Tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT bulk"); err != nil {
		return 0, fmt.Errorf("copy into %s: %w", table.Name, err)
	}
	return insertArrays(ctx, tx, table, fields, rows, conflict)
}

// insertArrays sends a column as an array each.
func insertArrays[T any](ctx context.Context, tx Tx, table *schema.Table, fields []*schema.Field, rows []*T, conflict string) (int64, error) {
	var into, from, values strings.Builder
	args := make([]any, 0, len(fields))
	for i, f := range fields {
		comma := ""
		if i > 0 {
			comma = ", "
		}
		array, kind, cast, err := arrayOf(f, rows)
		if err != nil {
			return 0, fmt.Errorf("insert into %s: %w", table.Name, err)
		}
		args = append(args, array)
		fmt.Fprintf(&into, "%s%s", comma, f.SQLName)
		fmt.Fprintf(&values, "%s$%d::%s[]", comma, i+1, kind)
		fmt.Fprintf(&from, "%sc%d%s", comma, i, cast)
	}
	var names strings.Builder
	for i := range fields {
		if i > 0 {
			names.WriteString(", ")
		}
		fmt.Fprintf(&names, "c%d", i)
	}
	query := fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM unnest(%s) AS bulk(%s) %s", table.SQLName, into.String(), from.String(), values.String(), names.String(), conflict)
	res, err := tx.Tx.Tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("insert into %s: %w", table.Name, err)
	}
	return res.RowsAffected()
}

func updateArrays[T any](ctx context.Context, tx Tx, table *schema.Table, fields []*schema.Field, rows []*T) (int64, error) {
	var set, values, names strings.Builder
	args := make([]any, 0, len(fields))
	for i, f := range fields {
		array, kind, cast, err := arrayOf(f, rows)
		if err != nil {
			return 0, fmt.Errorf("update %s: %w", table.Name, err)
		}
		args = append(args, array)
		if i > 0 {
			values.WriteString(", ")
			names.WriteString(", ")
		}
		fmt.Fprintf(&values, "$%d::%s[]", i+1, kind)
		fmt.Fprintf(&names, "c%d", i)
		if i > 1 {
			set.WriteString(", ")
		}
		if i > 0 {
			fmt.Fprintf(&set, "%s = bulk.c%d%s", f.SQLName, i, cast)
		}
	}
	query := fmt.Sprintf("UPDATE %s AS t SET %s FROM unnest(%s) AS bulk(%s) WHERE t.%s = bulk.c0",
		table.SQLName, set.String(), values.String(), names.String(), fields[0].SQLName)
	res, err := tx.Tx.Tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("update %s: %w", table.Name, err)
	}
	return res.RowsAffected()
}

// arrayOf is a column of the rows as an array that PostgreSQL takes, the type of its
// elements, and the cast that they need, if any.
func arrayOf[T any](f *schema.Field, rows []*T) (array any, kind, cast string, err error) {
	at := func(i int) reflect.Value { return f.Value(reflect.ValueOf(rows[i]).Elem()) }
	switch {
	case f.IndirectType == reflect.TypeFor[time.Time]():
		out := make([]*time.Time, len(rows))
		for i := range rows {
			if t := at(i).Interface().(time.Time); !f.NullZero || !t.IsZero() {
				t = t.UTC()
				out[i] = &t
			}
		}
		return out, "timestamptz", "", nil
	case isJSON(f):
		out, written := make([]*string, len(rows)), texts{}
		for i := range rows {
			if out[i], err = written.of(f, at(i)); err != nil {
				return nil, "", "", err
			}
		}
		return out, "text", "::jsonb", nil
	}
	switch f.IndirectType.Kind() {
	case reflect.String:
		out := make([]*string, len(rows))
		for i := range rows {
			if s := at(i).String(); !f.NullZero || s != "" {
				out[i] = &s
			}
		}
		return out, "text", "", nil
	case reflect.Int, reflect.Int64, reflect.Int32:
		out := make([]*int64, len(rows))
		for i := range rows {
			if n := at(i).Int(); !f.NullZero || n != 0 {
				out[i] = &n
			}
		}
		return out, "bigint", "", nil
	case reflect.Bool:
		out := make([]bool, len(rows))
		for i := range rows {
			out[i] = at(i).Bool()
		}
		return out, "boolean", "", nil
	case reflect.Float64:
		out := make([]float64, len(rows))
		for i := range rows {
			out[i] = at(i).Float()
		}
		return out, "double precision", "", nil
	}
	return nil, "", "", fmt.Errorf("column %s: no bulk form of %s", f.Name, f.IndirectType)
}
