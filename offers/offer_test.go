package offers

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

const written = `
kind: offer
key: first-order
title: {fa: ۲۰٪ تخفیف نخستین سفارش, en: 20% off the first order}
text: {fa: مهمان ما باشید, en: Be our guest}
condition: {points: 50}
group: welcome
priority: 10
valid_for: 2w
per_lead: 1
stock: 500
prefix: KAFE
`

func lite(t *testing.T) testkit.Database {
	return testkit.Database{Name: "sqlite", Dir: t.TempDir()}
}

func TestAnOfferIsReadAsWritten(t *testing.T) {
	var o Offer
	if err := yaml.UnmarshalWithOptions([]byte(written), &o, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if err := o.Check(); err != nil {
		t.Fatal(err)
	}
	if o.Key != "first-order" || o.Text[i18n.English] != "Be our guest" || *o.Condition.Points != 50 || o.Stock != 500 ||
		o.ValidFor.Duration() != 14*24*time.Hour || o.Prefix != "KAFE" || !o.IsActive() {
		t.Errorf("read %+v", o)
	}
}

func TestAnOfferThatMakesNoSenseIsRefused(t *testing.T) {
	for field, o := range map[string]Offer{
		"title":     {},
		"prefix":    {Title: i18n.Plain("x"), Prefix: "kafé"},
		"condition": {Title: i18n.Plain("x"), Condition: &conditions.Condition{Field: "a"}},
	} {
		if fields, _ := errs.AsFields(o.Check()); fields[field] == "" {
			t.Errorf("%+v is not refused for its %s", o, field)
		}
	}
}

func TestApplyingTheSameOfferChangesNothing(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ctx := context.Background()
		kind := h.Kinds()[0]
		if _, err := kind.Current(ctx, h.db.Read(), "first-order"); !errors.Is(err, errs.NotFound) {
			t.Errorf("before: %v, want NotFound", err)
		}
		var o Offer
		if err := yaml.Unmarshal([]byte(written), &o); err != nil {
			t.Fatal(err)
		}
		apply := func() *offerRow {
			h.tx(func(ctx context.Context, tx db.Tx) error { return kind.Apply(ctx, tx, &o) })
			row, err := findOffer(ctx, h.db.Read(), "first-order")
			if err != nil {
				t.Fatal(err)
			}
			return row
		}
		first := apply()
		h.clock.Advance(time.Hour)
		if again := apply(); !again.UpdatedAt.Equal(first.UpdatedAt) || again.ID != first.ID {
			t.Error("the same offer was written again")
		}
		o.Priority = 11
		if changed := apply(); changed.UpdatedAt.Equal(first.UpdatedAt) || changed.ID != first.ID || changed.Definition.Priority != o.Priority {
			t.Errorf("the new offer was not written: %+v", changed)
		}
	})
}
