package db

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/uptrace/bun/schema"
)

// perStatement is how many rows SQLite takes at once: beyond some dozens nothing is gained.
const perStatement = 50

func insertHundreds[T any](ctx context.Context, tx Tx, table *schema.Table, rows []*T, conflict string) (total int64, err error) {
	columns := make([]string, len(table.Fields))
	for i, f := range table.Fields {
		columns[i] = string(f.SQLName)
	}
	one := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")"
	statement := func(n int) string {
		return fmt.Sprintf("INSERT INTO %s (%s) VALUES %s %s", table.SQLName, strings.Join(columns, ", "),
			strings.TrimSuffix(strings.Repeat(one+", ", n), ", "), conflict)
	}
	args, written := make([]any, 0, perStatement*len(columns)), texts{}
	full, err := tx.Tx.Tx.PrepareContext(ctx, statement(min(perStatement, len(rows))))
	if err != nil {
		return 0, fmt.Errorf("insert into %s: %w", table.Name, err)
	}
	defer full.Close()
	for start := 0; start < len(rows); start += perStatement {
		some := rows[start:min(start+perStatement, len(rows))]
		args = args[:0]
		for _, row := range some {
			for _, f := range table.Fields {
				v, err := valueOf(f, reflect.ValueOf(row).Elem(), written)
				if err != nil {
					return total, err
				}
				args = append(args, v)
			}
		}
		run := full.ExecContext
		if len(some) != min(perStatement, len(rows)) {
			run = func(ctx context.Context, args ...any) (sql.Result, error) {
				return tx.Tx.Tx.ExecContext(ctx, statement(len(some)), args...)
			}
		}
		res, err := run(ctx, args...)
		if err != nil {
			return total, fmt.Errorf("insert into %s: %w", table.Name, err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}

func updateEach[T any](ctx context.Context, tx Tx, table *schema.Table, fields []*schema.Field, rows []*T) (total int64, err error) {
	set := make([]string, 0, len(fields))
	for _, f := range fields[1:] {
		set = append(set, string(f.SQLName)+" = ?")
	}
	update, err := tx.Tx.Tx.PrepareContext(ctx, fmt.Sprintf("UPDATE %s SET %s WHERE %s = ?", table.SQLName, strings.Join(set, ", "), fields[0].SQLName))
	if err != nil {
		return 0, fmt.Errorf("update %s: %w", table.Name, err)
	}
	defer update.Close()
	args, written := make([]any, len(fields)), texts{}
	for _, row := range rows {
		for i, f := range fields {
			// The key comes last.
			if args[(i+len(fields)-1)%len(fields)], err = valueOf(f, reflect.ValueOf(row).Elem(), written); err != nil {
				return total, err
			}
		}
		res, err := update.ExecContext(ctx, args...)
		if err != nil {
			return total, fmt.Errorf("update %s: %w", table.Name, err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}

// valueOf is a field as SQLite stores it, the same as an INSERT of bun's would.
func valueOf(f *schema.Field, row reflect.Value, written texts) (any, error) {
	v := f.Value(row)
	switch {
	case f.NullZero && v.IsZero():
		return nil, nil
	case f.IndirectType == reflect.TypeFor[time.Time]():
		return v.Interface().(time.Time).UTC().Format("2006-01-02 15:04:05.999999-07:00"), nil
	case isJSON(f):
		text, err := written.of(f, v)
		if text == nil || err != nil {
			return nil, err
		}
		return *text, nil
	}
	return v.Interface(), nil
}
