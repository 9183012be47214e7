package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const dangling = `kind: page
key: spring
name: Spring
variants:
  - key: only
    title: Spring
    text: It comes
    form: nobody-made-it
`

const branching = `kind: journey
key: care
name: Care
trigger: {event: Form Submitted}
steps:
  - branch:
      if: {segment: vips}
      then: [{award: 5, reason: Thanks}]
`

func TestApplySaysWhereAFileIsWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, yaml, problem string }{
		{"broken YAML", "kind: form\nkey: [news\nname: x\n", `:\d+: .`},
		{"unknown kind", "\nkind: poster\nkey: x\n", ":2: kind: \"poster\" is not a kind"},
		{"unknown field", "kind: form\nkey: news\ncolour: red\n", ":3: .*colour"},
		{"missing field", "kind: form\nkey: news\nname: News\n", ":1: .* is needed"},
		{"no segment of an offer", "kind: offer\nkey: present\ntitle: Gift\ncondition: {segment: vips}\n", `:\d+: condition: there is no segment "vips"`},
		{"no segment of a rule", "kind: earning_rule\nkey: first\nname: First\nevent: Order Completed\npoints: 5\ncondition: {segment: vips}\n", `:\d+: condition: there is no segment "vips"`},
		{"no segment of a branch", branching, `:\d+: steps\[0\]\.branch\.if: there is no segment "vips"`},
		{"no reference", dangling, `:8: variants\[0\]\.form: there is no form "nobody-made-it"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			data, file := t.TempDir(), filepath.Join(t.TempDir(), "campaign.yaml")
			write(t, file, c.yaml)
			_, complained, code := call(t, "apply", "--data", data, "testdata/crash.yaml", file)
			if code != 2 || !regexp.MustCompile(regexp.QuoteMeta(file)+c.problem).MatchString(complained) {
				t.Errorf("exit code %d, %q; want 2 and a line like %s%s", code, complained, file, c.problem)
			}
			// It is all or nothing: the good file has not been applied either.
			said, complained, code := call(t, "apply", "--data", data, "--dry-run", "testdata/crash.yaml")
			if code != 0 || strings.Count(said, "new  ") != 6 {
				t.Errorf("something is stored after a refusal: %d %s %s", code, said, complained)
			}
		})
	}
}

func TestApplyTwiceChangesNothingAndADryRunStoresNothing(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	apply := func(args ...string) string {
		t.Helper()
		said, complained, code := call(t, append([]string{"apply", "--data", data}, args...)...)
		if code != 0 {
			t.Fatalf("apply: exit code %d: %s", code, complained)
		}
		return said
	}
	for range 2 {
		if said := apply("--dry-run", "../../sample"); strings.Count(said, "new  ") < 10 || !strings.Contains(said, "\n+kind: journey\n") {
			t.Errorf("the dry run does not show all as new, with its text: %s", said)
		}
	}
	first := apply("../../sample")
	if strings.Contains(first, "\n+") || strings.Contains(first, "unchanged") {
		t.Errorf("the first apply is not all new: %s", first)
	}
	second := apply("../../sample")
	if lines := strings.Count(second, "\n"); strings.Count(second, "unchanged") != lines || lines != strings.Count(first, "\n") {
		t.Errorf("the second apply changed something: %s", second)
	}
	raw, err := os.ReadFile("../../sample/form.yaml")
	if err != nil {
		t.Fatal(err)
	}
	edited := filepath.Join(t.TempDir(), "form.yaml")
	write(t, edited, strings.Replace(string(raw), "en: Send me the guide", "en: I want the guide", 1))
	for range 2 {
		said := apply("--dry-run", edited)
		for _, line := range []string{"changed    form brewing-guide\n", "\n-  en: Send me the guide\n", "\n+  en: I want the guide\n"} {
			if !strings.Contains(said, line) {
				t.Errorf("no %q in the diff: %s", line, said)
			}
		}
	}
	if said := apply(edited); said != "changed    form brewing-guide\n" {
		t.Errorf("apply said %q", said)
	}
}
