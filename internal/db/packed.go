package db

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun/schema"
)

// Packed is a row written out ahead for PostgreSQL's bulk load, by whoever has the time
// while the database is busy with the rows before.
type Packed []byte

// Pack writes a row out, whose id may follow: see InsertPacked. It is nil where nothing is
// gained by it, on SQLite.
func Pack[T any](d *DB, row *T) (Packed, error) {
	if d.dialect != Postgres {
		return nil, nil
	}
	table := d.write.Dialect().Tables().Get(reflect.TypeFor[T]())
	if len(table.PKs) != 1 || table.PKs[0] != table.Fields[0] {
		return nil, fmt.Errorf("pack %s: its first column is not its id", table.Name)
	}
	return appendRow(make([]byte, 0, 1024), table.Fields, reflect.ValueOf(row).Elem(), texts{})
}

// InsertPacked is InsertMany for rows that have their ids, some of which were packed: a
// row that is in packed has not changed since but for its id.
func InsertPacked[T any](ctx context.Context, tx Tx, rows []*T, packed map[*T]Packed, conflict string) (int64, error) {
	if tx.conn == nil || len(rows) == 0 {
		return InsertMany(ctx, tx, rows, conflict)
	}
	table := tx.Dialect().Tables().Get(reflect.TypeFor[T]())
	return insertCopied(ctx, tx, table, table.Fields, rows, packed, conflict)
}

// copyRows sends rows by COPY, written out while PostgreSQL takes those before.
func copyRows[T any](ctx context.Context, tx Tx, table *schema.Table, fields []*schema.Field, rows []*T, packed map[*T]Packed) (n int64, err error) {
	columns := make([]string, len(fields))
	for i, f := range fields {
		columns[i] = string(f.SQLName)
	}
	shared := texts{}
	source := &copied{left: len(rows), out: []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"), next: func(out []byte, i int) ([]byte, error) {
		row := reflect.ValueOf(rows[i]).Elem()
		if ready := packed[rows[i]]; ready != nil {
			at := len(out) + len(fieldCount(nil, fields)) + 4
			out = append(out, ready...)
			binary.BigEndian.PutUint64(out[at:], uint64(fields[0].Value(row).Int()))
			return out, nil
		}
		return appendRow(out, fields, row, shared)
	}}
	err = tx.conn.Raw(func(driver any) error {
		tag, err := driver.(*stdlib.Conn).Conn().PgConn().CopyFrom(ctx, source,
			fmt.Sprintf("COPY %s (%s) FROM STDIN (FORMAT binary)", table.SQLName, strings.Join(columns, ", ")))
		n = tag.RowsAffected()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("copy into %s: %w", table.Name, err)
	}
	return n, nil
}

// copied is rows in the binary format of COPY, written out as they are read.
type copied struct {
	out   []byte
	done  int
	left  int
	next  func(out []byte, i int) ([]byte, error)
	ended bool
}

// Read writes out as many rows as fit.
func (c *copied) Read(into []byte) (int, error) {
	for len(c.out) < len(into) && c.left > 0 {
		var err error
		if c.out, err = c.next(c.out, c.done); err != nil {
			return 0, err
		}
		c.done, c.left = c.done+1, c.left-1
	}
	if c.left == 0 && !c.ended {
		c.out, c.ended = append(c.out, 0xff, 0xff), true
	}
	if len(c.out) == 0 {
		return 0, io.EOF
	}
	n := copy(into, c.out)
	c.out = c.out[:copy(c.out, c.out[n:])]
	return n, nil
}

// Moments are counted from the year 2000 on.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

func fieldCount(out []byte, fields []*schema.Field) []byte {
	return binary.BigEndian.AppendUint16(out, uint16(len(fields)))
}

// appendRow writes a row out: the number of its fields, and each with its length before
// it. Whole numbers are BIGINTs.
func appendRow(out []byte, fields []*schema.Field, row reflect.Value, shared texts) ([]byte, error) {
	out = fieldCount(out, fields)
	for _, f := range fields {
		at := len(out)
		out = append(out, 0, 0, 0, 0)
		v := f.Value(row)
		switch {
		case f.NullZero && v.IsZero() && !f.IsPK:
			binary.BigEndian.PutUint32(out[at:], math.MaxUint32)
			continue
		case f.IndirectType == reflect.TypeFor[time.Time]():
			out = binary.BigEndian.AppendUint64(out, uint64(v.Interface().(time.Time).UnixMicro()-epoch))
		case isJSON(f):
			text, err := shared.of(f, v)
			if err != nil {
				return nil, err
			}
			if text == nil {
				binary.BigEndian.PutUint32(out[at:], math.MaxUint32)
				continue
			}
			out = append(append(out, 1), *text...) // the version of the format
		default:
			switch f.IndirectType.Kind() {
			case reflect.String:
				out = append(out, v.String()...)
			case reflect.Int, reflect.Int64, reflect.Int32:
				out = binary.BigEndian.AppendUint64(out, uint64(v.Int()))
			case reflect.Bool:
				if v.Bool() {
					out = append(out, 1)
				} else {
					out = append(out, 0)
				}
			case reflect.Float64:
				out = binary.BigEndian.AppendUint64(out, math.Float64bits(v.Float()))
			default:
				return nil, fmt.Errorf("column %s: no bulk form of %s", f.Name, f.IndirectType)
			}
		}
		binary.BigEndian.PutUint32(out[at:], uint32(len(out)-at-4))
	}
	return out, nil
}
