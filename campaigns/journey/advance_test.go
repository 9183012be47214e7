package journey_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sarnakh/sarnakh/campaigns/journey"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/period"
)

// steps draws any list of steps, branches within branches included.
func steps(t *rapid.T, depth, most int) []journey.Step {
	out := make([]journey.Step, rapid.IntRange(0, most).Draw(t, "length"))
	for i := range out {
		kinds := []string{"send", "wait", "award", "offer", "exit"}
		if depth < 3 {
			kinds = append(kinds, "branch", "branch", "split")
		}
		switch rapid.SampledFrom(kinds).Draw(t, "kind") {
		case "send":
			out[i].Send = "mail"
		case "wait":
			out[i].Wait = period.Period(time.Duration(rapid.IntRange(1, 100).Draw(t, "hours")) * time.Hour)
		case "award":
			out[i].Award = rapid.Int64Range(1, 40).Draw(t, "points")
		case "offer":
			out[i].Offer = "offer"
		case "exit":
			out[i].Exit = true
		case "split":
			out[i].Split = "pace"
			out[i].Branches = map[string][]journey.Step{"a": append(steps(t, depth+1, 2), journey.Step{Send: "a"}), "b": steps(t, depth+1, 2)}
		case "branch":
			enough := rapid.Int64Range(0, 100).Draw(t, "enough")
			out[i].Branch = &journey.Branch{
				If:   conditions.Condition{Points: &enough},
				Then: append(steps(t, depth+1, 2), journey.Step{Send: "then"}),
				Else: steps(t, depth+1, 3),
			}
		}
	}
	return out
}

func program(t *rapid.T) *journey.Program {
	d := journey.Definition{Trigger: journey.Trigger{Event: "A"}, Steps: append(steps(t, 0, 5), journey.Step{Send: "last"})}
	p, err := journey.Compile(d)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEveryEnrollmentEndsAndReachesEachStepAtMostOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, now := program(t), time.Date(2026, 3, 21, 8, 0, 0, 0, time.UTC)
		seen := map[string]bool{}
		var s journey.State
		for rounds := 0; !s.Ended; rounds++ {
			if rounds > 200 {
				t.Fatal("it does not end")
			}
			facts := conditions.Facts{Numbers: map[string]float64{"points": rapid.Float64Range(0, 100).Draw(t, "points")}}
			var decided []journey.Decision
			before := s
			decided, s = journey.Advance(p, s, facts, nil, now)
			if len(decided) == 0 {
				t.Fatalf("nothing was decided at %v though it was due", before)
			}
			for _, d := range decided {
				if seen[d.StepID()] {
					t.Fatalf("step %q was reached twice", d.StepID())
				}
				seen[d.StepID()] = true
			}
			now = now.Add(time.Duration(rapid.IntRange(0, 10).Draw(t, "late")) * time.Minute)
			if s.Due.After(now) {
				now = s.Due
			}
		}
		if after, same := journey.Advance(p, s, conditions.Facts{}, nil, now.Add(time.Hour)); after != nil || same != s {
			t.Fatalf("after its end it decided %v", after)
		}
	})
}

func TestSameInputSameOutput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, now := program(t), time.Date(2026, 3, 21, 8, 0, 0, 0, time.UTC)
		facts := conditions.Facts{Numbers: map[string]float64{"points": rapid.Float64Range(0, 100).Draw(t, "points")}}
		again, err := journey.Compile(p.Definition())
		if err != nil {
			t.Fatal(err)
		}
		one, s := journey.Advance(p, journey.State{}, facts, nil, now)
		two, r := journey.Advance(again, journey.State{}, facts, nil, now)
		if diff := cmp.Diff(one, two); diff != "" || s != r {
			t.Fatal(diff)
		}
	})
}

func TestOutlineShowsEveryStepThatCanBeReached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := program(t)
		shown := map[string]journey.Kind{}
		var note func(lines []journey.Line)
		note = func(lines []journey.Line) {
			for _, l := range lines {
				shown[l.ID] = l.Kind
				note(l.Then)
				note(l.Else)
				for _, w := range l.Ways {
					note(w.Lines)
				}
			}
		}
		note(p.Outline())
		facts := conditions.Facts{Numbers: map[string]float64{"points": rapid.Float64Range(0, 100).Draw(t, "points")}}
		decided, _ := journey.Advance(p, journey.State{}, facts, nil, time.Now())
		for _, d := range decided {
			if d.Kind() != journey.KindComplete && shown[d.StepID()] != d.Kind() {
				t.Fatal(fmt.Sprintf("%s is shown as %q", d.StepID(), shown[d.StepID()]))
			}
		}
	})
}
