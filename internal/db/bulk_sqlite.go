package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun/schema"
)

// perStatement is how many rows SQLite takes at once: beyond some dozens nothing is gained.
const perStatement = 50

func insertHundreds[T any](ctx context.Context, tx Tx, table *schema.Table, fields []*schema.Field, rows []*T, conflict string) (total int64, err error) {
	columns := make([]string, len(fields))
	for i, f := range fields {
		columns[i] = string(f.SQLName)
	}
	one := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")"
	statement := func(n int) string {
		return fmt.Sprintf("INSERT INTO %s (%s) VALUES %s %s", table.SQLName, strings.Join(columns, ", "),
			strings.TrimSuffix(strings.Repeat(one+", ", n), ", "), conflict)
	}
	full, err := tx.Tx.Tx.PrepareContext(ctx, statement(min(perStatement, len(rows))))
	if err != nil {
		return 0, fmt.Errorf("insert into %s: %w", table.Name, err)
	}
	defer full.Close()
	making, stop := context.WithCancel(ctx)
	defer stop()
	// The driver watches a context that can end with a goroutine a statement: ours is
	// looked at between them.
	brief := context.WithoutCancel(ctx)
	for some := range written(making, fields, rows) {
		if err := errors.Join(some.err, ctx.Err()); err != nil {
			return total, err
		}
		var res sql.Result
		if some.rows == min(perStatement, len(rows)) {
			res, err = full.ExecContext(brief, some.values...)
		} else {
			res, err = tx.Tx.Tx.ExecContext(brief, statement(some.rows), some.values...)
		}
		if err != nil {
			return total, fmt.Errorf("insert into %s: %w", table.Name, err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, ctx.Err()
}

// handful is the values of some rows, for one statement.
type handful struct {
	rows   int
	values []any
	err    error
}

// written writes rows out by the handful, the next while SQLite is at the last.
func written[T any](ctx context.Context, fields []*schema.Field, rows []*T) <-chan handful {
	out := make(chan handful, 2)
	go func() {
		defer close(out)
		shared := texts{}
		for some := range slices.Chunk(rows, perStatement) {
			h := handful{rows: len(some), values: make([]any, 0, len(some)*len(fields))}
			for _, row := range some {
				for _, f := range fields {
					v, err := valueOf(f, reflect.ValueOf(row).Elem(), shared)
					if err != nil {
						h.err = err
					}
					h.values = append(h.values, v)
				}
			}
			select {
			case out <- h:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
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
