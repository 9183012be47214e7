package transfer

import (
	"context"
	"errors"
	"testing"

	"github.com/sarnakh/sarnakh/internal/db"
)

func TestAFileIsDroppedAFewPiecesAtATime(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		im, err := h.take(t.Context(), "a.csv", "team", &people{n: 1})
		if err != nil {
			t.Fatal(err)
		}
		pieces := func(some int) {
			t.Helper()
			if n := h.count("import_chunks"); n != some {
				t.Fatalf("%d pieces, want %d", n, some)
			}
		}
		if err := h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			for no := range int64(2*dropPieces + 1) {
				if _, err := tx.NewInsert().Model(&chunk{ImportID: im.ID, No: no + 1, Data: []byte("x")}).Returning("NULL").Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		pieces(2*dropPieces + 2)
		crash, times := errors.New("crash"), 0
		err = h.drop(t.Context(), im.ID, (*chunk)(nil), "no", dropPieces, nil, func(context.Context, db.Tx) error {
			if times++; times == 2 {
				return crash
			}
			return nil
		})
		if !errors.Is(err, crash) {
			t.Fatal(err)
		}
		pieces(dropPieces + 2)
		if err := h.discard(t.Context(), im.ID); err != nil {
			t.Fatal(err)
		}
		pieces(0)
		if n := h.count("imports"); n != 0 {
			t.Errorf("%d imports are left", n)
		}
		if err := h.discard(t.Context(), im.ID); err != nil {
			t.Errorf("once more: %v", err)
		}
	})
}

func TestWhoWasLeftBehindDropsNothing(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		im, err := h.Create(t.Context(), "a.csv", "team", &people{n: 3}, Plan{})
		if err != nil {
			t.Fatal(err)
		}
		if im, err = h.read(t.Context(), im); err != nil {
			t.Fatal(err)
		}
		stale := *im
		stale.State = Reading
		if err := h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error { return h.save(ctx, tx, im) }); err != nil {
			t.Fatal(err)
		}
		if _, err := h.read(t.Context(), &stale); !errors.Is(err, errMoved) {
			t.Errorf("reading what has been read: %v", err)
		}
		if n := h.count("import_blocks"); n != 1 {
			t.Errorf("%d blocks are left, want 1", n)
		}
	})
}
