package campaigns

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
)

const paceTest = `
kind: experiment
key: pace
name: Points at once
surface: journey
variants: [{key: later, name: {en: Later, fa: بعدتر}}, {key: atonce, name: {en: At once, fa: همان دم}}]
goal: {event: Order Completed}
planned_visitors_per_arm: 1000
planned_conversion_rate: 0.2
state: running
`

const paceJourney = `
kind: journey
key: walk
name: {en: Walk, fa: گشت}
trigger: {event: Form Submitted, where: {form: guide}}
entry: every
steps:
  - id: pace
    split: pace
    branches:
      atonce: [{award: 10}]
      later: [{wait: 2d}, {award: 10}]
  - {award: 1}
`

func TestPeopleGoTheWayOfTheirVariantAndAreCountedOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.apply(paceTest, paceJourney)
		ids := h.readers(30)
		h.settle()
		arms := h.arms("pace")
		var fast int64
		for _, id := range ids {
			if h.points(id) == 11 {
				fast++
			}
		}
		if arms["atonce"][0] != fast || arms["later"][0] != 30-fast || fast < 5 || fast > 25 {
			t.Fatalf("%d went fast, counted %v", fast, arms)
		}
		h.pass(49 * time.Hour)
		again := make([]*leads.Event, len(ids))
		for i, id := range ids {
			if h.points(id) != 11 {
				t.Errorf("lead %d has %d points at the end", id, h.points(id))
			}
			again[i] = submitted(id, "guide")
		}
		// Who comes again goes the same way and is not counted again.
		h.record(again...)
		h.settle()
		var still int64
		for _, id := range ids {
			if h.points(id) == 22 {
				still++
			}
		}
		if got := h.arms("pace"); still != fast || got["atonce"] != arms["atonce"] || got["later"] != arms["later"] {
			t.Errorf("%d of %d go fast again, counted %v", still, fast, got)
		}
	})
}

func TestASplitWhoseExperimentDoesNotRunTakesTheFirstWayAndCountsNobody(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.apply(strings.Replace(paceTest, "state: running", "state: draft", 1), paceJourney)
		ids := h.readers(6)
		h.settle()
		for _, id := range ids {
			if e := h.enrollments(id)[0]; e.Step != "pace.later.1" {
				t.Errorf("lead %d stands at %q", id, e.Step)
			}
		}
		if arms := h.arms("pace"); arms["later"][0]+arms["atonce"][0] != 0 {
			t.Errorf("%v", arms)
		}
	})
}

func TestAStepOfACrashIsTakenAgainAndCountsOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.apply(paceTest, offerOfSplit, strings.Replace(paceJourney, "  - {award: 1}\n", "  - {offer: gift}\n", 1))
		broken := true
		h.shelf.fail = func(int64) error {
			if broken {
				broken = false
				return errors.New("the database went away")
			}
			return nil
		}
		ids := h.readers(1)
		h.settle()
		h.pass(49 * time.Hour)
		if arms := h.arms("pace"); arms["later"][0]+arms["atonce"][0] != 1 || broken {
			t.Errorf("%v", arms)
		}
		var entered int
		must(t, h.db.Read().NewSelect().Model((*leads.Event)(nil)).ColumnExpr("count(*)").
			Where("lead_id = ?", ids[0]).Where("name = ?", leads.EventExperimentEntered).Scan(context.Background(), &entered))
		if entered != 1 {
			t.Errorf("the timeline tells of it %d times", entered)
		}
	})
}

const offerOfSplit = `
kind: offer
key: gift
title: {fa: هدیه, en: Gift}
`

func TestAJourneyAndItsExperimentHaveTheSameWays(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.apply(paceTest, subjectTest)
		for name, c := range map[string]struct{ from, to, path, says string }{
			"a way is missing":      {"      later: [{wait: 2d}, {award: 10}]\n", "      third: []\n", "steps[0].branches", `has a variant "later"`},
			"a way too many":        {"      atonce: [{award: 10}]\n", "      atonce: [{award: 10}]\n      third: []\n", "steps[0].branches.third", `has no variant "third"`},
			"an experiment of mail": {"split: pace", "split: subject", "steps[0].split", "is on the surface email"},
		} {
			err := h.refuse(strings.Replace(paceJourney, c.from, c.to, 1))
			if fields, _ := errs.AsFields(err); !strings.Contains(fields[c.path], c.says) {
				t.Errorf("%s: %v", name, err)
			}
		}
		d := new(JourneyDoc)
		h.read(paceJourney, d)
		if refs := d.Refs(); len(refs) != 2 || refs[1].Kind != "experiment" || refs[1].Path != "steps[0].split" {
			t.Errorf("%+v", d.Refs())
		}
	})
}

func TestPeopleOnTheirWayKeepTheirWayWhenTheJourneyChanges(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.apply(paceTest, paceJourney)
		ids := h.readers(20)
		h.settle()
		h.apply(strings.Replace(paceJourney, "later: [{wait: 2d}, {award: 10}]", "later: [{wait: 9d}, {award: 500}]", 1))
		h.pass(49 * time.Hour)
		for _, id := range ids {
			if h.points(id) != 11 {
				t.Errorf("lead %d has %d points", id, h.points(id))
			}
		}
	})
}

// read is a document of this kind.
func (h *house) read(text string, d *JourneyDoc) {
	h.t.Helper()
	must(h.t, yaml.UnmarshalWithOptions([]byte(text), d, yaml.DisallowUnknownField()))
}

// refuse applies a journey that is not taken, and returns why.
func (h *house) refuse(text string) error {
	h.t.Helper()
	d := new(JourneyDoc)
	h.read(text, d)
	return h.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error { return journeyKind{h.Service}.Apply(ctx, tx, d) })
}

func TestAJourneyCountsTheVersionOfAnOfferThatItGives(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.apply(strings.NewReplacer("key: pace", "key: discount", "surface: journey", "surface: offer").Replace(paceTest), `
kind: offer
key: gift
title: {fa: هدیه, en: Gift}
experiment: discount
variants: [{key: later, prefix: LATER}, {key: atonce, prefix: ATONCE}]
`, `
kind: journey
key: gifts
name: x
trigger: {event: Form Submitted, where: {form: guide}}
steps: [{offer: gift}]
`)
		h.readers(20)
		h.settle()
		var variants []string
		must(t, h.db.Read().NewSelect().TableExpr("offer_grants").Column("variant").Order("id").Scan(context.Background(), &variants))
		given := map[string]int64{}
		for _, v := range variants {
			given[v]++
		}
		if arms := h.arms("discount"); len(variants) != 20 || arms["later"][0] != given["later"] || arms["atonce"][0] != given["atonce"] || len(given) != 2 {
			t.Errorf("given %v, counted %v", given, arms)
		}
	})
}
