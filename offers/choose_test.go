package offers

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
)

func speaks(language string) *conditions.Condition {
	return &conditions.Condition{All: []conditions.Condition{
		{Field: "email", Test: conditions.Test{Known: new(true)}}, {Field: "language", Test: conditions.Test{Is: language}},
	}}
}

func TestTheBestEligibleOfferIsChosenAndEveryCandidateHasItsReason(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.offer(Offer{Head: head("any"), Priority: 1, ValidFor: week, Prefix: "KAFE"})
		h.offer(Offer{Head: head("persian"), Priority: 5, Condition: speaks("fa")})
		h.offer(Offer{Head: head("english"), Priority: 9, Condition: speaks("en")})
		h.offer(Offer{Head: head("paused"), Priority: 20, Active: new(false)})
		h.offer(Offer{Head: head("elsewhere"), Priority: 99})
		mina := h.lead("mina@example.com", "fa")
		g := h.given(mina, "journey:1", "any", "english", "persian", "paused")
		if g.Offer != "persian" || !g.ExpiresAt.IsZero() || g.Path != "/o/"+g.Code {
			t.Errorf("chosen: %+v", g)
		}
		got := h.outcomes("journey:1")
		for key, want := range map[string]string{
			"persian": OutcomeGranted, "any": OutcomeSurpassed, "english": OutcomeNotEligible, "paused": OutcomePaused,
		} {
			if got[key] == nil || got[key].Outcome != want {
				t.Errorf("%s: %+v, want %s", key, got[key], want)
			}
		}
		if got["any"].Better != "persian" || got["english"].Failed == nil || got["english"].Failed.Field != "language" || len(got) != 4 {
			t.Errorf("reasons: %+v, %+v", got["any"], got["english"])
		}
		nima := h.lead("nima@example.com", "de")
		g = h.given(nima, "journey:2", "any", "english", "persian")
		if g.Offer != "any" || !g.ExpiresAt.Equal(start.Add(7*24*time.Hour)) || g.Code[:5] != "KAFE-" {
			t.Errorf("chosen: %+v", g)
		}
	})
}

func TestTheSameCauseGivesTheSameCode(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.offer(Offer{Head: head("any"), PerLead: 2})
		mina := h.lead("mina@example.com", "")
		first := h.given(mina, "journey:1", "any")
		h.offer(Offer{Head: head("better"), Priority: 9})
		h.offer(Offer{Head: head("any"), PerLead: 2, Active: new(false)})
		if again := h.given(mina, "journey:1", "any", "better"); again.Code != first.Code {
			t.Errorf("again: %s, first: %s", again.Code, first.Code)
		}
		found, err := h.FindGrant(context.Background(), h.db.Read(), mina, "journey:1")
		if err != nil || found.Code != first.Code {
			t.Errorf("found %+v, %v", found, err)
		}
		if _, err := h.FindGrant(context.Background(), h.db.Read(), mina, "journey:2"); !errors.Is(err, errs.NotFound) {
			t.Errorf("unknown cause: %v, want NotFound", err)
		}
		if events := h.events(mina); len(events) != 1 || events[0].Name != leads.EventOfferGranted || events[0].Properties["offer"] != "any" {
			t.Errorf("timeline: %v", events)
		}
	})
}

func TestOffersOfAGroupCompete(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.offer(Offer{Head: head("small"), Group: "welcome", Priority: 1})
		h.offer(Offer{Head: head("large"), Group: "welcome", Priority: 2, Condition: speaks("fa")})
		h.offer(Offer{Head: head("other"), Priority: 50})
		for i, asked := range []string{"welcome", "small", "large"} {
			mina := h.lead(fmt.Sprintf("mina%d@example.com", i), "fa")
			nima := h.lead(fmt.Sprintf("nima%d@example.com", i), "en")
			if g := h.given(mina, "x", asked); g.Offer != "large" {
				t.Errorf("%s for one who is eligible: %s", asked, g.Offer)
			}
			if g := h.given(nima, "x", asked); g.Offer != "small" {
				t.Errorf("%s for one who is not: %s", asked, g.Offer)
			}
		}
	})
}

func TestNoOfferIsGivenMoreOftenThanItsLimits(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.offer(Offer{Head: head("once")})
		h.offer(Offer{Head: head("scarce"), Stock: 2, PerLead: 2})
		mina, nima := h.lead("mina@example.com", ""), h.lead("nima@example.com", "")
		h.given(mina, "1", "once")
		if _, ok := h.choose(mina, "2", "once"); ok || h.outcomes("2")["once"].Outcome != OutcomeHadIt {
			t.Errorf("a second one: %t, %+v", ok, h.outcomes("2")["once"])
		}
		h.given(mina, "3", "scarce")
		h.given(nima, "4", "scarce")
		if _, ok := h.choose(nima, "5", "scarce"); ok || h.outcomes("5")["scarce"].Outcome != OutcomeNoStock {
			t.Errorf("beyond the stock: %t, %+v", ok, h.outcomes("5")["scarce"])
		}
	})
}

func TestLimitsHoldWhileManyWorkersGive(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.offer(Offer{Head: head("once")})
		h.offer(Offer{Head: head("scarce"), Stock: 3})
		mina := h.lead("mina@example.com", "")
		const n = 8
		done := make(chan error, 3*n)
		ask := func(lead int64, cause, key string) {
			go func() {
				done <- h.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
					_, _, err := h.Choose(ctx, tx, lead, []string{key}, cause)
					return err
				})
			}()
		}
		for i := range n {
			other := h.lead(fmt.Sprintf("lead%d@example.com", i), "")
			ask(mina, fmt.Sprint(i), "once")
			ask(mina, "same", "once")
			ask(other, "any", "scarce")
		}
		for range 3 * n {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		figures, err := h.Figures(context.Background())
		if err != nil || figures["once"].Granted != 1 || figures["scarce"].Granted != 3 {
			t.Errorf("figures: %+v, %v", figures, err)
		}
	})
}

func TestUnknownCandidatesAndLeadsAreNotFound(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.offer(Offer{Head: head("any")})
		for lead, key := range map[int64]string{h.lead("mina@example.com", ""): "none", 999: "any"} {
			err := h.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
				_, _, err := h.Choose(ctx, tx, lead, []string{key}, "1")
				return err
			})
			if !errors.Is(err, errs.NotFound) {
				t.Errorf("lead %d, offer %s: %v, want NotFound", lead, key, err)
			}
		}
	})
}

func TestAGiftByHandAsksForNoCondition(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.offer(Offer{Head: head("persian"), Condition: speaks("fa")})
		h.offer(Offer{Head: head("paused"), Active: new(false)})
		mina := h.lead("mina@example.com", "en")
		grant := func(key, cause string) (g Granted, err error) {
			err = h.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
				g, err = h.Grant(ctx, tx, key, mina, cause)
				return err
			})
			return g, err
		}
		first, err := grant("persian", "sorry")
		if err != nil {
			t.Fatal(err)
		}
		if again, err := grant("persian", "sorry"); err != nil || again.Code != first.Code {
			t.Errorf("again: %+v, %v", again, err)
		}
		if _, err := grant("persian", "more"); !errors.Is(err, errs.Conflict) {
			t.Errorf("a second one: %v, want a Conflict", err)
		}
		if _, err := grant("paused", "x"); !errors.Is(err, errs.Conflict) {
			t.Errorf("a paused one: %v, want a Conflict", err)
		}
	})
}
