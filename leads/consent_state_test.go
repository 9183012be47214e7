package leads

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sarnakh/sarnakh/internal/db"
)

func (h house) states(l *Lead) []*ConsentState {
	h.t.Helper()
	rows, err := h.ConsentStates(h.t.Context(), h.db.Read(), l.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, row := range rows {
		row.At = row.At.UTC()
	}
	return rows
}

// someAct is an answer or a question of one of few moments, some of which are still to come.
func someAct(r *rand.Rand, l *Lead) *Consent {
	return &Consent{
		LeadID: l.ID, Purpose: PurposeMarketing, Channel: []string{"email", "sms"}[r.IntN(2)], State: ConsentStates[r.IntN(len(ConsentStates))],
		Source: "staff", At: start.Add(time.Duration(r.IntN(8)-4)*time.Hour + time.Duration(r.IntN(3)*400)),
	}
}

func TestWhereSomebodyStandsDoesNotDependOnTheOrderInWhichItIsHeard(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		r := rand.New(rand.NewPCG(5, 23))
		l := h.upsert(&Profile{Email: "a@example.com"})[0]
		for round := range 60 {
			h.tx(func(ctx context.Context, tx db.Tx) error {
				for _, table := range []string{"consents", "consent_states"} {
					if _, err := tx.NewDelete().Table(table).Where("TRUE").Exec(ctx); err != nil {
						return err
					}
				}
				return nil
			})
			var acts []*Consent
			for range 1 + r.IntN(4) {
				var some []*Consent
				for range 1 + r.IntN(3) {
					some = append(some, someAct(r, l))
				}
				acts = append(acts, some...)
				h.tx(func(ctx context.Context, tx db.Tx) error {
					if r.IntN(2) == 0 {
						return h.RecordConsentsQuietly(ctx, tx, some)
					}
					return h.RecordConsents(ctx, tx, some...)
				})
			}
			kept := h.states(l)
			h.tx(func(ctx context.Context, tx db.Tx) error { return h.recountConsents(ctx, tx, []int64{l.ID}) })
			if diff := cmp.Diff(kept, h.states(l)); diff != "" {
				for _, a := range acts {
					t.Logf("%s %s at %s", a.Channel, a.State, a.At)
				}
				t.Fatalf("round %d: kept in passing (-) and worked out anew (+)\n%s", round, diff)
			}
		}
	})
}

func TestANoThatIsHeardOfLateStandsAgainstAnotherQuestion(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		l := h.upsert(&Profile{Email: "a@example.com"})[0]
		for _, act := range []struct {
			state string
			hour  int
			want  string
		}{
			{ConsentPending, 5, ConsentPending},
			{ConsentWithdrawn, 3, ConsentWithdrawn},
			{ConsentGranted, 1, ConsentWithdrawn},
			{ConsentPending, 9, ConsentWithdrawn},
			{ConsentGranted, 10, ConsentGranted},
		} {
			h.consent(l, act.state, func(c *Consent) { c.At = start.Add(time.Duration(act.hour) * time.Hour) })
			if got := h.states(l); len(got) != 1 || got[0].State != act.want {
				t.Errorf("after %s of hour %d: %+v, want %s", act.state, act.hour, got, act.want)
			}
		}
	})
}
