package db_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

func each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		d, err := db.Open(t.Context(), base.URL, base.Dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		if _, err := d.SQL().Exec("CREATE TABLE things (name TEXT PRIMARY KEY, at TIMESTAMP)"); err != nil {
			t.Fatal(err)
		}
		test(t, d)
	})
}

func insert(ctx context.Context, tx db.Tx, names ...string) error {
	for _, name := range names {
		if _, err := tx.ExecContext(ctx, "INSERT INTO things (name) VALUES (?)", name); err != nil {
			return err
		}
	}
	return nil
}

func count(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	if err := d.SQL().QueryRow("SELECT count(*) FROM things").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestOneBadItemDoesNotSpoilItsNeighbours(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		gate := make(chan struct{})
		batches := 0
		b := db.NewBatcher(d, 100, func(ctx context.Context, tx db.Tx, names []string) error {
			if batches++; batches == 1 {
				<-gate // until the others have gathered
			}
			return insert(ctx, tx, names...)
		})
		var wg sync.WaitGroup
		results := sync.Map{}
		add := func(name string) {
			wg.Go(func() { results.Store(name, b.Do(t.Context(), name)) })
		}
		add("first")
		for i := range 20 {
			add(fmt.Sprint("good", i))
		}
		wg.Go(func() { results.Store("twice", b.Do(t.Context(), "good0")) })
		close(gate)
		wg.Wait()
		bad := 0
		results.Range(func(_, err any) bool {
			if e, _ := err.(error); e != nil {
				bad++
				if !db.IsUnique(e) {
					t.Errorf("failed with %v, want the violated key", e)
				}
			}
			return true
		})
		if bad != 1 || count(t, d) != 21 {
			t.Errorf("%d failed, %d stored; want 1 and 21", bad, count(t, d))
		}
	})
}

func TestAPanicInABatchIsOneCallersError(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		b := db.NewBatcher(d, 10, func(ctx context.Context, tx db.Tx, names []string) error {
			for _, name := range names {
				if name == "boom" {
					panic(name)
				}
			}
			return insert(ctx, tx, names...)
		})
		var wg sync.WaitGroup
		for _, name := range []string{"a", "boom", "b"} {
			wg.Go(func() {
				if err := b.Do(t.Context(), name); (err != nil) != (name == "boom") {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		wg.Wait()
		if count(t, d) != 2 {
			t.Errorf("%d stored", count(t, d))
		}
	})
}

func TestWhoeverStopsWaitingDoesNotStopTheWrite(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		begun, gate, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
		b := db.NewBatcher(d, 10, func(ctx context.Context, tx db.Tx, names []string) error {
			close(begun)
			<-gate
			tx.AfterCommit(func() { close(done) })
			return insert(ctx, tx, names...)
		})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-begun
			cancel()
		}()
		if err := b.Do(ctx, "kept"); !errors.Is(err, context.Canceled) {
			t.Errorf("waited: %v", err)
		}
		close(gate)
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatal("not written")
		}
		if count(t, d) != 1 {
			t.Error("not stored")
		}
	})
}

func TestAfterCommitRunsOnlyAfterACommit(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ran := 0
		no := errors.New("no")
		if err := d.InTx(t.Context(), func(_ context.Context, tx db.Tx) error {
			tx.AfterCommit(func() { ran++ })
			return no
		}); !errors.Is(err, no) || ran != 0 {
			t.Errorf("rolled back: %v, ran %d times", err, ran)
		}
		if err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			tx.AfterCommit(func() { ran++ })
			return insert(ctx, tx, "a")
		}); err != nil || ran != 1 {
			t.Errorf("committed: %v, ran %d times", err, ran)
		}
	})
}

func TestReadersSeeWhatWasCommittedWhileOthersWrite(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for j := range 20 {
					if err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
						var n int
						if err := tx.NewSelect().Table("things").ColumnExpr("count(*)").Scan(ctx, &n); err != nil {
							return err
						}
						return insert(ctx, tx, fmt.Sprint(i, "-", j))
					}); err != nil {
						t.Error(err) // reading first and then writing must never find the database busy
					}
				}
			})
			wg.Go(func() {
				for range 20 {
					var n int
					if err := d.Read().NewSelect().Table("things").ColumnExpr("count(*)").Scan(t.Context(), &n); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if n := count(t, d); n != 160 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestAnAddressThatIsNoDatabaseIsToldWithoutItsPassword(t *testing.T) {
	_, err := db.Open(t.Context(), "mysql://root:secret@localhost/x", t.TempDir())
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("told %v", err)
	}
}
