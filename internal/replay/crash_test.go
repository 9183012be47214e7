package replay

import (
	"context"
	"errors"
	"testing"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// sold counts what the calls of these tests have done.
func (h house) sold(t *testing.T) (n int) {
	t.Helper()
	if err := h.db.Read().NewSelect().Table("tags").ColumnExpr("count(*)").Scan(t.Context(), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// sell is an effect.
func (h house) sell(ctx context.Context, what string) error {
	return h.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewRaw("INSERT INTO tags (name, name_fold, created_at) VALUES (?, ?, ?)", what, what, h.wall.Now()).Exec(ctx)
		return err
	})
}

func TestACallWhoseServerDiedAfterItsEffectIsNotDoneAgain(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		lease, _, err := h.Begin(t.Context(), "k", hash("tea"))
		if err != nil {
			t.Fatal(err)
		}
		if err := h.sell(h.Within(t.Context(), "k", lease), "tea"); err != nil {
			t.Fatal(err)
		}
		// It dies here, before Finish.
		if _, _, err := h.Begin(t.Context(), "k", hash("tea")); !errors.Is(err, errs.Conflict) {
			t.Errorf("while the lease holds: %v", err)
		}
		h.wall.Advance(leased)
		again, before, err := h.Begin(t.Context(), "k", hash("tea"))
		if err != nil || again != "" || before == nil || before.Status != 0 {
			t.Errorf("afterwards: lease %q, %+v, %v; want that it was done", again, before, err)
		}
		if _, _, err := h.Begin(t.Context(), "k", hash("coffee")); !errors.Is(err, errs.Invalid) {
			t.Errorf("with another body: %v", err)
		}
	})
}

func TestACallWhoseServerDiedBeforeItsEffectIsFree(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		lease, _, err := h.Begin(t.Context(), "k", hash("tea"))
		if err != nil {
			t.Fatal(err)
		}
		died := errors.New("died")
		if err := h.db.InTx(h.Within(t.Context(), "k", lease), func(context.Context, db.Tx) error { return died }); !errors.Is(err, died) {
			t.Fatal(err)
		}
		h.wall.Advance(leased)
		if again, before, err := h.Begin(t.Context(), "k", hash("tea")); err != nil || again == "" || before != nil {
			t.Errorf("lease %q, %+v, %v", again, before, err)
		}
	})
}

func TestACallThatTookTooLongHasNoEffectBesideItsSuccessors(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		late, _, err := h.Begin(t.Context(), "k", hash("tea"))
		if err != nil {
			t.Fatal(err)
		}
		h.wall.Advance(leased)
		next, _, err := h.Begin(t.Context(), "k", hash("tea"))
		if err != nil {
			t.Fatal(err)
		}
		if err := h.sell(h.Within(t.Context(), "k", late), "tea"); !errors.Is(err, errs.Conflict) || h.sold(t) != 0 {
			t.Errorf("the late one: %v, %d sold", err, h.sold(t))
		}
		if err := h.sell(h.Within(t.Context(), "k", next), "tea"); err != nil || h.sold(t) != 1 {
			t.Errorf("the next one: %v, %d sold", err, h.sold(t))
		}
	})
}

func TestWritesThatShareACommitBringNothingOfTheFirstAlong(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		broken := db.Along(t.Context(), func(context.Context, db.Tx) error { return errors.New("not theirs") })
		b := db.NewBatcher(h.db, 10, func(ctx context.Context, tx db.Tx, items []string) error { return nil })
		if err := b.Do(broken, "tea"); err != nil {
			t.Error(err)
		}
	})
}
