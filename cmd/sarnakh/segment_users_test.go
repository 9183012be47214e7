package main

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
)

func TestASegmentThatSomethingNamesIsNotDeletedFromUnderIt(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		d := tables.Open(t, base)
		f, err := newFeatures(&Config{From: "team@example.com", Secret: "a secret of sixteen letters"}, d, clock.NewManual(privacyStart), slog.New(slog.DiscardHandler), "http://localhost")
		if err != nil {
			t.Fatal(err)
		}
		files := fstest.MapFS{"all.yaml": {Data: []byte(`
kind: segment
key: free
name: Free
condition: {tag: x}
---
kind: segment
key: vips
name: VIPs
condition: {tag: vip}
---
kind: offer
key: gift
title: A gift for VIPs
condition: {not: {segment: vips}}
---
kind: earning_rule
key: twice
name: Twice for VIPs
event: Order Completed
points: 5
condition: {segment: vips}
---
kind: scoring_rule
key: warm
name: VIPs are warm
condition: {segment: vips}
points: 5
---
kind: journey
key: hello
name: Hello VIPs
trigger: {event: Form Submitted}
steps:
- branch:
    if: {tag: x}
    then:
    - branch:
        if: {segment: vips}
        then: [{award: 5}]
`)}}
		bundle, err := manifest.Load(files, []string{"all.yaml"}, f.kinds())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bundle.Apply(t.Context(), d, f.kinds()); err != nil {
			t.Fatal(err)
		}
		err = f.segments.Delete(t.Context(), "vips")
		if !errors.Is(err, errs.Conflict) {
			t.Fatalf("deleting what four documents name: %v", err)
		}
		for _, title := range []string{"A gift for VIPs", "Twice for VIPs", "Hello VIPs", "warm"} {
			if !strings.Contains(err.Error(), title) {
				t.Errorf("%q is not told: %v", title, err)
			}
		}
		if err := f.segments.Delete(t.Context(), "free"); err != nil {
			t.Errorf("deleting what nothing names: %v", err)
		}
	})
}
