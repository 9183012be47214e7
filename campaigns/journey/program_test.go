package journey_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/sarnakh/sarnakh/campaigns/journey"
	"github.com/sarnakh/sarnakh/internal/conditions"
)

const coffee = `
trigger: {event: Form Submitted, where: {form: guide}}
steps:
  - id: welcome
    send: coffee-guide
  - {wait: 2d}
  - branch:
      if: {event: Email Link Clicked, where: {email: coffee-guide}}
      then:
        - {award: 50, reason: {fa: هدیه, en: a gift}}
        - {offer: first-order}
        - {send: offer-mail}
      else:
        - {send: reminder}
  - {wait: 1d}
  - exit: true
`

func parse(t *testing.T, text string) journey.Definition {
	t.Helper()
	var d journey.Definition
	if err := yaml.UnmarshalWithOptions([]byte(text), &d, yaml.DisallowUnknownField()); err != nil {
		t.Fatal(err)
	}
	return d
}

func compile(t *testing.T, text string) *journey.Program {
	t.Helper()
	p, err := journey.Compile(parse(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestMistakesAreAllToldWithTheirPlace(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a test of a property that there is not", "trigger: {event: A, where: {total: {about: 3}}}\nsteps: [{exit: true}]", "trigger.where: total: json: unknown field \"about\""},
		{"nothing", `steps: []`, "trigger.event: say which event lets people in\nsteps: a journey needs at least one step"},
		{"two things", "trigger: {event: A}\nsteps: [{send: x, wait: 1d}]", "steps[0]: a step is exactly one of"},
		{"no thing", "trigger: {event: A}\nsteps: [{id: x}]", "steps[0]: a step is exactly one of"},
		{"same id", "trigger: {event: A}\nsteps: [{id: x, send: a}, {id: x, send: b}]", "steps[1]: another step is called x too"},
		{"id like a place", "trigger: {event: A}\nsteps: [{id: step2, send: a}, {send: b}]", "steps[1]: another step is called step2 too"},
		{"bad id", "trigger: {event: A}\nsteps: [{id: 'a:b', send: a}]", "steps[0].id:"},
		{"inside a branch", "trigger: {event: A}\nsteps: [{send: x}, {branch: {if: {event: B}, then: [{id: y}]}}]", "steps[1].branch.then[0]: a step is"},
		{"empty branch", "trigger: {event: A}\nsteps: [{branch: {if: {event: B}}}]", "steps[0].branch: neither way"},
		{"bad condition", "trigger: {event: A}\nsteps: [{branch: {if: {event: B, field: c}, then: [{exit: true}]}}]", "steps[0].branch.if: condition: only one of"},
		{"at most of once", "trigger: {event: A}\nat_most: 2\nsteps: [{exit: true}]", "at_most: needs entry: every"},
		{"entry", "trigger: {event: A}\nentry: twice\nsteps: [{exit: true}]", `entry: "twice" is neither once nor every`},
		{"taking points", "trigger: {event: A}\nsteps: [{award: -5}]", "steps[0].award: points cannot be negative"},
		{"reason alone", "trigger: {event: A}\nsteps: [{send: x, reason: y}]", "steps[0].reason: only an award"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := journey.Compile(parse(t, c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestDefinitionIsTheSameInJSONAndYAML(t *testing.T) {
	d := parse(t, coffee)
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var back journey.Definition
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, back); diff != "" {
		t.Errorf("JSON changes it:\n%s", diff)
	}
	text, err := yaml.MarshalWithOptions(d, yaml.Flow(true))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, parse(t, string(text))); diff != "" {
		t.Errorf("YAML changes it:\n%s\n%s", text, diff)
	}
}

func TestMentionsNameTheirPlaceInTheDocument(t *testing.T) {
	want := []journey.Mention{
		{Kind: "email", Key: "coffee-guide", Path: "steps[0].send"},
		{Kind: "offer", Key: "first-order", Path: "steps[2].branch.then[1].offer"},
		{Kind: "email", Key: "offer-mail", Path: "steps[2].branch.then[2].send"},
		{Kind: "email", Key: "reminder", Path: "steps[2].branch.else[0].send"},
	}
	if diff := cmp.Diff(want, parse(t, coffee).Mentions()); diff != "" {
		t.Error(diff)
	}
}

func TestClickedWayGetsPointsOfferAndMail(t *testing.T) {
	start := time.Date(2026, 3, 21, 8, 0, 0, 0, time.UTC)
	p := compile(t, coffee)
	var facts conditions.Facts
	got, s := journey.Advance(p, journey.State{}, facts, nil, start)
	due := start.Add(48 * time.Hour)
	if diff := cmp.Diff([]journey.Decision{journey.Send{Step: "welcome", Email: "coffee-guide"}, journey.Wait{Step: "step2", Until: due}}, got); diff != "" {
		t.Error(diff)
	}
	if got, same := journey.Advance(p, s, facts, nil, due.Add(-time.Second)); got != nil || same != s {
		t.Errorf("before the wait was over it decided %v", got)
	}
	facts.Events = []conditions.Event{{Name: "Email Link Clicked", Folds: map[string]any{"email": "coffee-guide"}, At: start.Add(time.Hour)}}
	got, s = journey.Advance(p, s, facts, nil, due)
	if diff := cmp.Diff([]string{"branch step3", "award step3.then1", "offer step3.then2", "send step3.then3", "wait step4"}, names(got)); diff != "" {
		t.Error(diff)
	}
	got, s = journey.Advance(p, s, facts, nil, s.Due)
	if diff := cmp.Diff([]string{"exit step5"}, names(got)); diff != "" || !s.Ended {
		t.Error(diff, s)
	}
}

func TestPointsAwardedOnTheWayCountAtTheNextBranch(t *testing.T) {
	p := compile(t, "trigger: {event: A}\nsteps: [{award: 50}, {branch: {if: {points: 50}, then: [{send: rich}], else: [{send: poor}]}}]")
	got, _ := journey.Advance(p, journey.State{}, conditions.Facts{}, nil, time.Now())
	if diff := cmp.Diff([]string{"award step1", "branch step2", "send step2.then1", "complete "}, names(got)); diff != "" {
		t.Error(diff)
	}
}

func names(ds []journey.Decision) []string {
	var out []string
	for _, d := range ds {
		out = append(out, string(d.Kind())+" "+d.StepID())
	}
	return out
}
