package offers

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
)

func TestOfManyHandsOneRedeemsACode(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.offer(Offer{Head: head("any")})
		mina := h.lead("mina@example.com", "")
		g := h.given(mina, "1", "any")
		const n = 8
		done := make(chan error, n)
		for range n {
			go func() {
				_, err := h.Redeem(context.Background(), Redemption{Code: g.Code, Value: 1_250_000, By: "till"})
				done <- err
			}()
		}
		won := 0
		for range n {
			if err := <-done; err == nil {
				won++
			} else if !errors.Is(err, errs.Conflict) {
				t.Errorf("%v, want a Conflict", err)
			}
		}
		if won != 1 {
			t.Errorf("%d redeemed one code", won)
		}
		redeemed := 0
		for _, e := range h.events(mina) {
			if e.Name == leads.EventOfferRedeemed {
				redeemed++
				if e.Properties["value"] != 1_250_000.0 || e.Properties["offer"] != "any" || e.Properties["code"] != g.Code {
					t.Errorf("event: %v", e.Properties)
				}
			}
		}
		figures, err := h.Figures(context.Background())
		if want := (Figures{Granted: 1, Redeemed: 1, Value: 1_250_000}); redeemed != 1 || err != nil || figures["any"] != want {
			t.Errorf("%d events, figures %+v, %v", redeemed, figures["any"], err)
		}
	})
}

func TestATillMayRepeatItsCall(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.offer(Offer{Head: head("any")})
		mina := h.lead("mina@example.com", "")
		g := h.given(mina, "1", "any")
		for range 2 {
			got, err := h.Redeem(context.Background(), Redemption{Code: g.Code, OrderID: "A-7", Value: 10})
			if err != nil || got.Code != g.Code || got.State != StateRedeemed || !got.RedeemedAt.Equal(start) {
				t.Errorf("redeemed: %+v, %v", got, err)
			}
		}
		if _, err := h.Redeem(context.Background(), Redemption{Code: g.Code, OrderID: "A-8"}); !errors.Is(err, errs.Conflict) {
			t.Errorf("another order: %v, want a Conflict", err)
		}
		if n := len(h.events(mina)); n != 2 {
			t.Errorf("%d events, want granted and redeemed", n)
		}
	})
}

func TestACodeIsGoneFromItsLastMomentOn(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ctx := context.Background()
		h.offer(Offer{Head: head("week"), ValidFor: week, PerLead: 3})
		h.offer(Offer{Head: head("ever")})
		mina := h.lead("mina@example.com", "")
		late, intime, forever := h.given(mina, "1", "week"), h.given(mina, "2", "week"), h.given(mina, "3", "ever")
		h.clock.Advance(week.Duration() - time.Microsecond)
		if _, err := h.Redeem(ctx, Redemption{Code: intime.Code}); err != nil {
			t.Errorf("at the last moment: %v", err)
		}
		h.clock.Advance(time.Microsecond)
		for range 2 { // before and after it is marked
			if _, err := h.Redeem(ctx, Redemption{Code: late.Code}); !errors.Is(err, errs.Gone) {
				t.Errorf("too late: %v, want Gone", err)
			}
			figures, err := h.Figures(ctx)
			if want := (Figures{Granted: 2, Redeemed: 1, Expired: 1}); err != nil || figures["week"] != want {
				t.Errorf("figures %+v, %v", figures["week"], err)
			}
			if err := h.Expire(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.Redeem(ctx, Redemption{Code: intime.Code}); !errors.Is(err, errs.Conflict) {
			t.Errorf("redeemed and past its time: %v, want a Conflict", err)
		}
		h.clock.Advance(1000 * week.Duration())
		if _, err := h.Redeem(ctx, Redemption{Code: forever.Code}); err != nil {
			t.Errorf("a code that does not expire: %v", err)
		}
	})
}

func TestUnknownCodesAndBadValuesAreRefused(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.offer(Offer{Head: head("any")})
		g := h.given(h.lead("mina@example.com", ""), "1", "any")
		for _, code := range []string{"", "NOPE-7Q4M-X2WK", "کد", "\x00", "\xff\xfe", g.Code + "X", "' OR 1=1 --"} {
			if _, err := h.Redeem(context.Background(), Redemption{Code: code}); !errors.Is(err, errs.NotFound) {
				t.Errorf("%q: %v, want NotFound", code, err)
			}
		}
		for _, value := range []float64{-1, math.NaN(), math.Inf(1), 1e16} {
			_, err := h.Redeem(context.Background(), Redemption{Code: g.Code, Value: value})
			if fields, _ := errs.AsFields(err); fields["value"] == "" {
				t.Errorf("value %v: %v", value, err)
			}
		}
		if _, err := h.Redeem(context.Background(), Redemption{Code: g.Code}); err != nil {
			t.Errorf("after all this the code works: %v", err)
		}
	})
}
