package db_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

func TestPackedRowsGoInAsOthersDo(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) {
		ctx, d := t.Context(), withThings(t, at)
		const many = 60
		var rows []*thing
		for n := range many {
			rows = append(rows, made(n))
		}
		in := func(insert func(ctx context.Context, tx db.Tx) (int64, error)) []map[string]any {
			t.Helper()
			if _, err := d.SQL().Exec("DELETE FROM things"); err != nil {
				t.Fatal(err)
			}
			if err := d.InBulkTx(ctx, func(ctx context.Context, tx db.Tx) error {
				ids, err := db.NextIDs(ctx, tx, "things", many)
				for i, row := range rows {
					row.ID = ids[i]
				}
				if err != nil {
					return err
				}
				if n, err := insert(ctx, tx); err != nil || n != many {
					t.Errorf("%d went in, %v", n, err)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			return dumpThings(t, d)
		}
		want := in(func(ctx context.Context, tx db.Tx) (int64, error) { return db.InsertMany(ctx, tx, rows, "") })
		packed := map[*thing]db.Packed{}
		for n, row := range rows {
			if row.ID = 0; n%3 > 0 { // some are, some are not
				var err error
				if packed[row], err = db.Pack(d, row); err != nil {
					t.Fatal(err)
				}
			}
		}
		got := in(func(ctx context.Context, tx db.Tx) (int64, error) {
			return db.InsertPacked(ctx, tx, rows, packed, "ON CONFLICT DO NOTHING")
		})
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
		var ids []int64
		if err := d.Read().NewSelect().Table("things").Column("id").Order("id").Scan(ctx, &ids); err != nil || len(ids) != many || ids[0] != rows[0].ID || ids[many-1] != rows[many-1].ID {
			t.Errorf("ids %v, %v", ids, err)
		}
	})
}

func TestAmongFindsTextsOfEveryKind(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) {
		ctx, d := t.Context(), withThings(t, at)
		keys := []string{`quote " and '`, `back \ slash`, "{brace, comma}", "سلام", "NULL"}
		var rows []*thing
		for _, key := range append(keys, "other") {
			row := made(0)
			row.Key = key
			rows = append(rows, row)
		}
		if err := d.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := db.InsertMany(ctx, tx, rows, "")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, among := range []any{db.Among("key", append(keys, "nobody")), db.AmongBytes("key", append(keys, "nobody"))} {
			if n, err := d.Read().NewSelect().Model((*thing)(nil)).Where("?", among).Count(ctx); err != nil || n != int64(len(keys)) {
				t.Errorf("%d found, %v; want %d", n, err, len(keys))
			}
		}
	})
}
