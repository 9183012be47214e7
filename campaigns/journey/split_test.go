package journey_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sarnakh/sarnakh/campaigns/journey"
	"github.com/sarnakh/sarnakh/internal/conditions"
)

const twoWays = `
trigger: {event: A}
steps:
  - id: test
    split: pace
    branches:
      slow: [{wait: 2d}, {send: late}]
      fast: [{send: soon}]
      none: []
  - {send: all}
`

func TestASplitLeadsEachAlongTheirVariantAndTogetherAgain(t *testing.T) {
	p := compile(t, twoWays)
	if diff := cmp.Diff([]string{"pace"}, p.Splits()); diff != "" {
		t.Error(diff)
	}
	for variant, want := range map[string][]journey.Decision{
		"fast": {journey.Split{Step: "test", Experiment: "pace", Variant: "fast", Counted: true}, journey.Send{Step: "test.fast.1", Email: "soon"}, journey.Send{Step: "step2", Email: "all"}, journey.Complete{}},
		"none": {journey.Split{Step: "test", Experiment: "pace", Variant: "none", Counted: true}, journey.Send{Step: "step2", Email: "all"}, journey.Complete{}},
	} {
		got, _ := journey.Advance(p, journey.State{}, conditions.Facts{}, journey.Ways{"pace": {Variant: variant, Counted: true}}, time.Now())
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", variant, diff)
		}
	}
}

func TestWhoRestsOnAWayGoesOnAlongItWhateverTheExperimentSaysThen(t *testing.T) {
	p, now := compile(t, twoWays), time.Now()
	_, s := journey.Advance(p, journey.State{}, conditions.Facts{}, journey.Ways{"pace": {Variant: "slow", Counted: true}}, now)
	if s.Step != "test.slow.1" {
		t.Fatalf("%+v", s)
	}
	got, _ := journey.Advance(p, s, conditions.Facts{}, journey.Ways{"pace": {Variant: "fast"}}, s.Due)
	if diff := cmp.Diff([]journey.Decision{journey.Send{Step: "test.slow.2", Email: "late"}, journey.Send{Step: "step2", Email: "all"}, journey.Complete{}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestNobodyIsLeftStandingAtASplit(t *testing.T) {
	p := compile(t, twoWays)
	for name, ways := range map[string]journey.Ways{"no experiment": nil, "a variant without a branch": {"pace": {Variant: "new", Counted: true}}} {
		got, _ := journey.Advance(p, journey.State{}, conditions.Facts{}, ways, time.Now())
		if took, ok := got[0].(journey.Split); !ok || took.Variant != "fast" || took.Counted {
			t.Errorf("%s: %+v", name, got[0])
		}
	}
}

func TestMistakesInASplitAreToldWithTheirPlace(t *testing.T) {
	for _, c := range []struct{ name, step, want string }{
		{"one branch", "split: x, branches: {a: [{exit: true}]}", "steps[0].branches: a split needs a branch for each"},
		{"no steps", "split: x, branches: {a: [], b: []}", "steps[0].branches: no way leads anywhere"},
		{"no split", "send: x, branches: {a: [{exit: true}]}", "steps[0].branches: only a split has branches"},
		{"a bad key", "split: x, branches: {a: [{exit: true}], 'B c': []}", `steps[0].branches: "B c" is not the key`},
		{"two things", "split: x, send: y, branches: {a: [{exit: true}], b: []}", "steps[0]: a step is exactly one of"},
		{"within", "split: x, branches: {a: [{award: -1}], b: []}", "steps[0].branches.a[0].award: points cannot be negative"},
	} {
		_, err := journey.Compile(parse(t, "trigger: {event: A}\nsteps: [{"+c.step+"}]"))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestTheOutlineShowsEveryWayOfASplit(t *testing.T) {
	p := compile(t, twoWays)
	lines := p.Outline()
	var got []string
	for _, w := range lines[0].Ways {
		got = append(got, w.Variant)
		for _, l := range w.Lines {
			got = append(got, l.ID)
		}
	}
	if diff := cmp.Diff([]string{"fast", "test.fast.1", "none", "slow", "test.slow.1", "test.slow.2"}, got); diff != "" {
		t.Error(diff)
	}
	if lines[1].ID != "step2" {
		t.Errorf("%+v", lines[1])
	}
}
