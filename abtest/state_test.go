package abtest

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

func TestAnExperimentGoesThroughItsLifeByButtons(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		address := h.serve() + "/experiments/shorter"
		h.submit(h.serve()+"/experiments/new", typedIn())
		steps := []struct {
			to     State
			status int
			is     State
		}{
			{Paused, http.StatusSeeOther, Draft},
			{Running, http.StatusSeeOther, Running},
			{Running, http.StatusSeeOther, Running}, // pressed twice
			{Archived, http.StatusSeeOther, Running},
			{Paused, http.StatusSeeOther, Paused},
			{Running, http.StatusSeeOther, Running},
			{Stopped, http.StatusSeeOther, Stopped},
			{Stopped, http.StatusSeeOther, Stopped},
			{Running, http.StatusConflict, Stopped},
			{Archived, http.StatusSeeOther, Archived},
			{Stopped, http.StatusSeeOther, Stopped},
			{"somewhere", http.StatusUnprocessableEntity, Stopped},
		}
		for i, step := range steps {
			status, body, _ := h.submit(address+"/state?lang=en", url.Values{"to": {string(step.to)}})
			e := h.find("shorter")
			if status != step.status || e.State() != step.is {
				t.Errorf("step %d, to %s: %d and %s, want %d and %s", i, step.to, status, e.State(), step.status, step.is)
			}
			if status == http.StatusConflict && !strings.Contains(body, "It was stopped") {
				t.Error("why not is not told")
			}
			if len(e.regimes) > 1 {
				t.Errorf("step %d opened another regime", i)
			}
		}
	})
}

func TestAReportOffersWhatCanBeDoneInItsState(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	address := h.serve()
	h.start(promise())
	if _, body := h.get(address + "/experiments/promise?lang=en"); !strings.Contains(body, `/experiments/promise/stop"`) || !strings.Contains(body, `name="to" value="paused"`) || !strings.Contains(body, `/experiments/promise/edit"`) {
		t.Error("a running experiment can be paused, stopped and edited")
	}
	h.must(h.SetState(t.Context(), "promise", Paused, "sara"))
	if _, body := h.get(address + "/experiments/promise?lang=en"); !strings.Contains(body, `name="to" value="running"`) {
		t.Error("a paused experiment can go on")
	}
}

func TestBeforeAStopThePageSaysWhatItMeans(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	address := h.serve()
	h.start(promise())
	for path, want := range map[string]string{"?lang=en": "Everybody sees the original again", "?lang=fa": "همه دوباره نسخهٔ اصلی را می‌بینند"} {
		if status, body := h.get(address + "/experiments/promise/stop" + path); status != 200 || !strings.Contains(body, want) || strings.Contains(body, "⟦") {
			t.Errorf("%s: %d", path, status)
		}
	}
	h.live(h.find("promise"), 7, 160, 0.12, 0.2)
	if h.find("promise").State() != Decided {
		t.Fatal("no verdict")
	}
	if _, body := h.get(address + "/experiments/promise/stop?lang=en"); !strings.Contains(body, "The verdict stays as it is") {
		t.Error("after the verdict it means something else")
	}
	if status, body, _ := h.submit(address+"/experiments/promise/state?lang=en", url.Values{"to": {"running"}}); status != http.StatusConflict || !strings.Contains(body, "The verdict stands") {
		t.Errorf("a decided one runs again: %d", status)
	}
}

func TestAStopSaysWhereTheVersionsStand(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	address := h.serve()
	for surface, want := range map[string][2]string{
		"page": {"Everybody sees the original again", "out of the page."}, "form": {"Everybody sees the original again", "out of the form."},
		"email": {"sent the original again", "out of the e-mail."}, "journey": {"People on their way stay on it", "“split:” out of the journey."},
		"offer": {"Codes that were given stay", "out of the offer."}, surfaceAPI: {"Programs outside show everybody the original again", "put the experiment into the archive"},
	} {
		d := promise()
		d.Key, d.Surface = "on-"+surface, surface
		e := h.start(d)
		stop := address + "/experiments/" + d.Key + "/stop?lang="
		pauses := []string{"pause it instead"}
		if surface == surfaceAPI {
			h.reads(stop+"en", []string{want[0]}, append(pauses, "⟦"))
		} else {
			h.reads(stop+"en", append(pauses, want[0]), []string{"⟦"})
		}
		h.must(h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			_, err := tx.NewUpdate().Model((*Experiment)(nil)).Set("decided_at = ?", h.time.Now()).Set("winner = 'b'").Where("id = ?", e.ID).Exec(ctx)
			return err
		}))
		h.reads(stop+"en", []string{want[1], "The verdict stays as it is"}, []string{"⟦"})
		h.reads(stop+"fa", []string{"دیگر چیزی شمرده نمی‌شود"}, []string{"⟦"})
		if surface != "page" {
			h.reads(stop+"en", nil, []string{"out of the page"})
			h.reads(stop+"fa", nil, []string{"صفحه بردارید"})
		}
	}
	h.must(h.RollOut(t.Context(), "on-page", "b", 0.1, "Sara"))
	h.reads(address+"/experiments/on-page-holdout/stop?lang=en", []string{"Nobody is held back any more"}, []string{"Everybody sees the original", "⟦"})
}

func TestBeforeTheStartThePageSaysThatNobodyWouldSeeIt(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.Join(someTown, nil)
	address := h.serve()
	h.submit(address+"/experiments/new", typedIn())
	if _, body := h.get(address + "/experiments/shorter/start?lang=en"); !strings.Contains(body, "No page names this experiment yet") || !strings.Contains(body, "experiment: shorter") {
		t.Error("no warning")
	}
	d := promise()
	d.State = Draft
	h.must(h.apply(d))
	if _, body := h.get(address + "/experiments/promise/start?lang=en"); strings.Contains(body, "No page names") || !strings.Contains(body, "Start it now") {
		t.Error("a page names this one")
	}
}

func TestProgramsOutsideHearNothingOfTheArchive(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	d := promise()
	d.Surface = surfaceAPI
	h.start(d)
	address := h.serve()
	if _, body := h.get(address + "/api/features/key"); !strings.Contains(body, `"promise"`) {
		t.Fatalf("it runs, and is not served: %s", body)
	}
	h.must(h.SetState(t.Context(), "promise", Stopped, "sara"))
	h.must(h.SetState(t.Context(), "promise", Archived, "sara"))
	if _, body := h.get(address + "/api/features/key"); strings.Contains(body, "promise") {
		t.Errorf("served from the archive: %s", body)
	}
	r, err := http.NewRequest(http.MethodPost, address+"/v1/experiments/promise/assign", strings.NewReader(`{"anonymousId":"visitor-1","writeKey":"key"}`))
	h.must(err)
	r.Header.Set("Content-Type", "application/json")
	if status, body := h.do(r); status != http.StatusNotFound {
		t.Errorf("assigned from the archive: %d %s", status, body)
	}
}
