package offers

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
)

// discount is an experiment over offers, in a state.
func (h house) discount(surface string, state abtest.State) {
	h.t.Helper()
	d := &abtest.Definition{
		Name: "Discount", Surface: surface, State: state, Goal: abtest.Goal{Event: "Offer Redeemed"},
		Variants:              []abtest.Variant{{Key: "ten", Name: i18n.Plain("Ten")}, {Key: "twenty", Name: i18n.Plain("Twenty")}},
		PlannedVisitorsPerArm: 1000, PlannedConversionRate: 0.2,
	}
	d.Key = "discount"
	if err := h.experiments.Save(context.Background(), d, false); err != nil {
		h.t.Fatal(err)
	}
}

// welcome is an offer with a version for each variant of the experiment.
func welcome() Offer {
	return Offer{
		Head: head("welcome"), Title: i18n.Text{i18n.English: "10% off", i18n.Persian: "۱۰٪ تخفیف"}, Prefix: "TEN", ValidFor: week, PerLead: 3,
		Experiment: "discount",
		Variants:   []Variant{{Key: "ten"}, {Key: "twenty", Title: i18n.Text{i18n.English: "20% off", i18n.Persian: "۲۰٪ تخفیف"}, Prefix: "TWENTY", ValidFor: 2 * week}},
	}
}

// counts are the leads that the experiment has counted for each variant.
func (h house) counts() map[string]int64 {
	h.t.Helper()
	r, err := h.experiments.Report(context.Background(), "discount")
	if err != nil {
		h.t.Fatal(err)
	}
	out := map[string]int64{}
	for _, a := range r.Arms {
		out[a.Key] = a.Visitors
	}
	return out
}

// handed chooses as journeys do, and counts what is to be counted.
func (h house) handed(lead int64, cause string) (g Granted) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) (err error) {
		if g, _, err = h.Choose(ctx, tx, lead, []string{"welcome"}, cause); err != nil {
			return err
		}
		return h.experiments.ExposeLeads(ctx, tx, g.Shown...)
	})
	return g
}

func TestEachLeadIsGivenTheVersionOfTheirVariantAndCountedOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.discount(abtest.SurfaceOffer, abtest.Running)
		h.offer(welcome())
		given := map[string]int64{}
		for i := range 30 {
			id := h.lead(fmt.Sprintf("p%d@example.com", i), "en")
			first, again, other := h.handed(id, "a"), h.handed(id, "a"), h.handed(id, "b")
			if first.Code != again.Code || first.Title.In("en") != other.Title.In("en") || first.Code == other.Code {
				t.Errorf("%+v, %+v, %+v", first, again, other)
			}
			variant, prefix, valid := "ten", "TEN-", week
			if first.Title.In("en") == "20% off" {
				variant, prefix, valid = "twenty", "TWENTY-", 2*week
			}
			if !strings.HasPrefix(first.Code, prefix) || !first.ExpiresAt.Equal(start.Add(valid.Duration())) {
				t.Errorf("%s: %+v", variant, first)
			}
			found, err := h.FindGrant(context.Background(), h.db.Read(), id, "a")
			if err != nil || found.Title.In("en") != first.Title.In("en") {
				t.Errorf("%+v, %v", found, err)
			}
			given[variant]++
		}
		if got := h.counts(); got["ten"] != given["ten"] || got["twenty"] != given["twenty"] || given["ten"] < 5 || given["twenty"] < 5 {
			t.Errorf("given %v, counted %v", given, got)
		}
	})
}

func TestAGiftByHandIsCountedWithIt(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.discount(abtest.SurfaceOffer, abtest.Running)
		h.offer(welcome())
		id := h.lead("mina@example.com", "en")
		h.tx(func(ctx context.Context, tx db.Tx) error {
			_, err := h.Grant(ctx, tx, "welcome", id, "api:1")
			return err
		})
		if got := h.counts(); got["ten"]+got["twenty"] != 1 {
			t.Errorf("%v", got)
		}
	})
}

func TestWithoutARunningExperimentTheFirstVersionIsGivenAndNobodyCounted(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.discount(abtest.SurfaceOffer, abtest.Draft)
		h.offer(welcome())
		for i := range 8 {
			if g := h.handed(h.lead(fmt.Sprintf("p%d@example.com", i), "en"), "a"); g.Title.In("en") != "10% off" || len(g.Shown) != 0 {
				t.Errorf("%+v", g)
			}
		}
		if got := h.counts(); got["ten"]+got["twenty"] != 0 {
			t.Errorf("%v", got)
		}
	})
}

func TestAnOfferAndItsExperimentHaveTheSameVersions(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.discount(abtest.SurfaceOffer, abtest.Draft)
		refused := func(change func(o *Offer), path, says string) {
			t.Helper()
			o := welcome()
			change(&o)
			err := manifest.Check(&o)
			if err == nil {
				err = h.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error { return h.Kinds()[0].Apply(ctx, tx, &o) })
			}
			if fields, _ := errs.AsFields(err); !strings.Contains(fields[path], says) {
				t.Errorf("%s: %v", path, err)
			}
		}
		refused(func(o *Offer) { o.Variants = o.Variants[:1] }, "variants", `has a variant "twenty", and this offer has not`)
		refused(func(o *Offer) { o.Variants = append(o.Variants, Variant{Key: "third"}) }, "variants[2].key", `has no variant "third"`)
		refused(func(o *Offer) { o.Variants = append(o.Variants, Variant{Key: "ten"}) }, "variants[2].key", "another variant has this key")
		refused(func(o *Offer) { o.Experiment = "" }, "experiment", "variants need an experiment")
		refused(func(o *Offer) { o.Variants = nil }, "variants", "needs its variants")
		refused(func(o *Offer) { o.Variants[1].Prefix = "no" }, "variants[1].prefix", "capital letters")
		h.discount(abtest.SurfaceJourney, abtest.Draft)
		refused(func(*Offer) {}, "experiment", "is on the surface journey")
	})
}

func TestThePagesShowTheVersionThatWasGiven(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ask := h.site()
		h.discount(abtest.SurfaceOffer, abtest.Running)
		h.offer(welcome())
		var twenty Granted
		for i := 0; twenty.Code == ""; i++ {
			if g := h.handed(h.lead(fmt.Sprintf("p%d@example.com", i), "en"), "a"); g.Title.In("en") == "20% off" {
				twenty = g
			}
		}
		status, text := ask("GET", twenty.Path, "")
		wants(t, "the code", status, 200, text, "20% off", "TWENTY-")
		got := h.counts()
		status, text = ask("GET", "/offers/welcome", "", "Accept-Language", "en")
		wants(t, "the offer", status, 200, text, "10% off", "20% off", "Twenty", "“Discount”", "/experiments/discount", fmt.Sprintf(`Codes granted">%d<`, got["ten"]))
		status, text = ask("GET", "/offers/welcome", "", "Accept-Language", "fa")
		wants(t, "the offer in Persian", status, 200, text, "نسخه‌ها", "۲۰٪ تخفیف")
	})
}
