package loyalty

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
	"github.com/sarnakh/sarnakh/leads"
)

const written = `
kind: earning_rule
key: purchase
name: {fa: خرید, en: Purchase}
event: Order Completed
where: {channel: web}
condition: {field: language, is: fa}
points: 1
per: {property: value, each: 10000}
limit: {times: 3, within: 1d}
`

func TestARuleIsReadAsWritten(t *testing.T) {
	var r EarningRule
	if err := yaml.UnmarshalWithOptions([]byte(written), &r, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if err := r.Check(); err != nil {
		t.Fatal(err)
	}
	if r.Key != "purchase" || r.Name[i18n.Persian] != "خرید" || r.Per.Each != 10_000 ||
		r.Limit.Within.Duration() != 24*time.Hour || r.Condition.Field != "language" || !r.IsActive() {
		t.Errorf("read %+v", r)
	}
}

func TestARuleThatFeedsItselfIsRefused(t *testing.T) {
	r := EarningRule{Name: i18n.Plain("x"), Event: leads.EventPointsEarned, Points: 1}
	if fields, _ := errs.AsFields(r.Check()); fields["event"] == "" {
		t.Error("not refused")
	}
	r = EarningRule{Name: i18n.Plain("x"), Event: "Visit", Points: 1, Condition: &conditions.Condition{Field: "a"}}
	if fields, _ := errs.AsFields(r.Check()); fields["condition"] == "" {
		t.Error("a condition without a test is not refused")
	}
	r = EarningRule{Name: i18n.Plain("x"), Event: "Visit", Points: 1, Where: map[string]any{"total": map[string]any{"about": 3}}}
	if fields, _ := errs.AsFields(r.Check()); fields["where"] == "" {
		t.Error("a test of a property that there is not is not refused")
	}
}

func TestApplyingTheSameRuleChangesNothing(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		var r EarningRule
		if err := yaml.Unmarshal([]byte(written), &r); err != nil {
			t.Fatal(err)
		}
		changedAt := func() time.Time {
			row, err := h.ruleTable().Find(context.Background(), h.db.Read(), "purchase")
			if err != nil {
				t.Fatal(err)
			}
			return row.UpdatedAt
		}
		apply := func() {
			h.tx(func(ctx context.Context, tx db.Tx) error { return h.Kinds()[0].Apply(ctx, tx, &r) })
		}
		if _, err := h.Kinds()[0].Current(context.Background(), h.db.Read(), "purchase"); !errors.Is(err, errs.NotFound) {
			t.Errorf("before: %v, want NotFound", err)
		}
		apply()
		first := changedAt()
		h.clock.Advance(time.Hour)
		apply()
		if !changedAt().Equal(first) {
			t.Error("the same rule was written again")
		}
		r.Points = 2
		apply()
		if changedAt().Equal(first) {
			t.Error("the new rule was not written")
		}
		stored, err := h.Kinds()[0].Current(context.Background(), h.db.Read(), "purchase")
		if err != nil || stored.(*EarningRule).Points != r.Points {
			t.Errorf("stored %+v, %v", stored, err)
		}
	})
}
