package main

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/leads/segments"
)

const seenNumber = `
kind: experiment
key: subject
name: A number in the subject
surface: email
variants: [{key: plain}, {key: number, name: {en: With a number, fa: با عدد}}]
planned_visitors_per_arm: 1000
planned_conversion_rate: 0.2
state: running
---
kind: segment
key: saw-number
name: Saw the number
condition: {variant: subject/number}
`

func TestWhoIsShownAVariantEntersTheSegmentsThatAskForIt(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		d := tables.Open(t, base)
		f, err := newFeatures(&Config{From: "team@example.com", Secret: "a secret of sixteen letters"}, d, clock.NewManual(privacyStart), slog.New(slog.DiscardHandler), "http://localhost")
		if err != nil {
			t.Fatal(err)
		}
		apply := func(text string) error {
			bundle, err := manifest.Load(fstest.MapFS{"all.yaml": {Data: []byte(text)}}, []string{"all.yaml"}, f.kinds())
			if err != nil {
				return err
			}
			_, err = bundle.Apply(t.Context(), d, f.kinds())
			return err
		}
		if err := apply(seenNumber); err != nil {
			t.Fatal(err)
		}
		err = apply(strings.ReplaceAll(strings.SplitN(seenNumber, "---", 2)[1], "subject/number", "nothing/number"))
		if err == nil || !strings.Contains(err.Error(), `there is no experiment "nothing"`) {
			t.Errorf("a segment that names an experiment which is not there: %v", err)
		}
		alone := strings.SplitN(seenNumber, "---", 2)[1]
		for _, text := range []string{strings.ReplaceAll(seenNumber, "subject/number", "subject/numbre"), strings.ReplaceAll(alone, "subject/number", "subject/numbre")} {
			if err := apply(text); err == nil || !strings.Contains(err.Error(), `condition: there is no "numbre" in the experiment "subject"`) {
				t.Errorf("a segment that names a variant which is not there: %v", err)
			}
		}
		for name, want := range map[string]string{
			"subject/numbre": `there is no "numbre" in the experiment "subject"`, "nothing/number": `there is no experiment "nothing"`,
		} {
			err := f.segments.Save(t.Context(), &segments.Definition{
				Head: manifest.Head{Key: "slip"}, Name: i18n.Plain("A slip"), Condition: &conditions.Condition{Not: &conditions.Condition{Variant: name}},
			})
			if fields, _ := errs.AsFields(err); fields["condition"] != want {
				t.Errorf("a segment of %s is saved: %v", name, err)
			}
		}
		err = apply("kind: journey\nkey: seen\nname: Seen\ntrigger: {event: Form Submitted}\nsteps:\n- branch:\n    if: {variant: subject/numbre}\n    then: [{award: 5}]\n")
		if err == nil || !strings.Contains(err.Error(), `steps[0].branch.if: there is no "numbre" in the experiment "subject"`) {
			t.Errorf("a journey that asks for a variant which is not there: %v", err)
		}
		// The segment is filled, and both leads were there before.
		in := func(fn func(ctx context.Context, tx db.Tx) error) {
			t.Helper()
			if err := d.InTx(t.Context(), fn); err != nil {
				t.Fatal(err)
			}
		}
		var people []*leads.Lead
		in(func(ctx context.Context, tx db.Tx) (err error) {
			people, err = f.leads.Upsert(ctx, tx, []*leads.Profile{{Email: "a@example.com"}, {Email: "b@example.com"}})
			return err
		})
		if err := f.segments.RefreshAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		in(func(ctx context.Context, tx db.Tx) error {
			return f.abtest.ExposeLeads(ctx, tx, abtest.Shown{Experiment: "subject", Assigned: abtest.Assigned{Variant: "number"}, LeadID: people[0].ID}, abtest.Shown{Experiment: "subject", Assigned: abtest.Assigned{Variant: "plain"}, LeadID: people[1].ID})
		})
		var told []*leads.Event
		if err := d.Read().NewSelect().Model(&told).Where("name = ?", leads.EventExperimentEntered).Order("id").Scan(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := f.segments.OnEvents(t.Context(), told); err != nil {
			t.Fatal(err)
		}
		asked := conditions.Condition{Variant: "subject/number"}
		facts, err := f.leads.Facts(t.Context(), d.Read(), []int64{people[0].ID, people[1].ID}, asked)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []bool{true, false} {
			id := people[i].ID
			in, err := segmentDesk{f.segments, d}.SegmentsOf(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(in) == 1; got != want || asked.Match(*facts[id], privacyStart) != want {
				t.Errorf("lead %d: in the segment: %v, want %v", id, got, want)
			}
		}
		names, err := f.leads.ConditionNames(t.Context(), i18n.Persian)
		if err != nil || names.Variants["subject/number"] != (conditions.VariantName{Experiment: "A number in the subject", Variant: "با عدد"}) {
			t.Errorf("%+v, %v", names.Variants, err)
		}
	})
}
