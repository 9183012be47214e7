package main

import (
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
