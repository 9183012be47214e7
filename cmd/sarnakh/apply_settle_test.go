package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/internal/manifest"
)

// TestAFileGivesWayToHowPeopleHaveEndedAnExperiment applies a folder again after an
// experiment of it was changed and stopped in the browser: that is told, and all else stands.
func TestAFileGivesWayToHowPeopleHaveEndedAnExperiment(t *testing.T) {
	s := open(t, t.TempDir(), pagesHalf)
	apply := func(document string) []manifest.Change {
		t.Helper()
		bundle, err := manifest.Load(fstest.MapFS{"it.yaml": {Data: []byte(document)}}, []string{"it.yaml"}, s.kinds())
		if err != nil {
			t.Fatal(err)
		}
		changes, err := bundle.Apply(t.Context(), s.db, s.kinds())
		if err != nil {
			t.Fatal(err)
		}
		return changes
	}
	draft := strings.Replace(checkout, "state: running\n", "", 1)
	apply(draft)
	if err := s.abtest.SetState(t.Context(), "checkout", abtest.Running, "sara"); err != nil {
		t.Fatal(err)
	}
	if got := apply(draft); got[0].Diff != "" || !strings.Contains(got[0].Note, "stays running") {
		t.Errorf("a draft that somebody has started: %+v", got[0])
	}
	if err := s.abtest.SetState(t.Context(), "checkout", abtest.Stopped, "sara"); err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(checkout, "weight: 60", "weight: 50", 1) + "---\n" + strings.Replace(checkout, "key: checkout", "key: other", 1)
	got := apply(changed)
	if len(got) != 2 || got[0].Diff != "" || !strings.Contains(got[0].Note, "stays stopped") || !got[1].New {
		t.Errorf("what was stopped, and what stands beside it: %+v", got)
	}
}

// overPages is the checkout's experiment where everything of it can change.
func overPages() string {
	return strings.NewReplacer("surface: api", "surface: page", "coverage: 0.9\n", "").Replace(checkout)
}

// applying applies what stands in one file, again and again, and returns what is said.
func applying(t *testing.T) func(text string, more ...string) string {
	data, file := t.TempDir(), filepath.Join(t.TempDir(), "campaign.yaml")
	return func(text string, more ...string) string {
		t.Helper()
		write(t, file, text)
		said, complained, code := call(t, append([]string{"apply", "--data", data, file}, more...)...)
		if code != 0 {
			t.Fatalf("exit code %d: %s", code, complained)
		}
		return said
	}
}

// TestAFileRestoresTheNamesOfWhatWasStopped applies a file after somebody has renamed its
// experiment in the browser, divided the visitors otherwise, and stopped it.
func TestAFileRestoresTheNamesOfWhatWasStopped(t *testing.T) {
	t.Parallel()
	ours, apply := overPages(), applying(t)
	named := regexp.MustCompile(`(?m)^name: .*$`)
	apply(ours)
	theirs := strings.NewReplacer("weight: 60", "weight: 90", "weight: 40", "weight: 10").Replace(named.ReplaceAllString(ours, "name: Renamed in the browser"))
	apply(theirs)
	apply(strings.Replace(theirs, "state: running", "state: stopped", 1))
	for _, more := range [][]string{{"--dry-run"}, nil} {
		said := apply(ours, more...)
		if !strings.HasPrefix(said, "changed") {
			t.Errorf("apply %v: %s", more, said)
		}
		for _, want := range []string{"stays stopped, and is not running", "stays as it is stored, and not as the file says: variants\n"} {
			if !strings.Contains(said, want) {
				t.Errorf("apply %v: %s\nwant %q", more, said, want)
			}
		}
	}
	if said := apply(ours); !strings.HasPrefix(said, "unchanged") || !strings.Contains(said, "not as the file says: variants\n") {
		t.Errorf("applied again: %s", said)
	}
	if said := apply(strings.Replace(theirs, "state: running", "state: archived", 1)); !strings.Contains(said, "changed") {
		t.Errorf("into the archive: %s", said)
	}
	if said := apply(ours); !strings.HasPrefix(said, "unchanged") || !strings.Contains(said, "stays archived") || !strings.Contains(said, "name, variants") {
		t.Errorf("in the archive: %s", said)
	}
}

// TestApplyTellsWhatAFileTakesBack applies a file again after somebody has paused its
// experiment in the browser and divided the visitors otherwise.
func TestApplyTellsWhatAFileTakesBack(t *testing.T) {
	t.Parallel()
	ours, apply := overPages(), applying(t)
	apply(ours)
	apply(strings.NewReplacer("weight: 60", "weight: 90", "weight: 40", "weight: 10", "state: running", "state: paused").Replace(ours))
	for _, more := range [][]string{{"--dry-run"}, nil} {
		said := apply(ours, more...)
		for _, want := range []string{"was paused, and runs again", "divided long 90%, short 10%, and are divided long 60%, short 40% from now on"} {
			if !strings.Contains(said, want) {
				t.Errorf("apply %v: %s\nwant %q", more, said, want)
			}
		}
	}
	if said := apply(ours); strings.Contains(said, "divided") || strings.Contains(said, "paused") {
		t.Errorf("applied again there is nothing to tell: %s", said)
	}
	if said := apply(strings.Replace(ours, "state: running", "state: paused", 1)); !strings.Contains(said, "ran, and is paused now") {
		t.Errorf("a file that pauses: %s", said)
	}
	if said := apply(strings.NewReplacer("weight: 60", "weight: 50", "state: running\n", "").Replace(ours)); !strings.Contains(said, "stays paused") || !strings.Contains(said, "which opens a new regime") {
		t.Errorf("a draft with other weights: %s", said)
	}
}
