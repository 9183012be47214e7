package abtest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// post sends a form as somebody of the team.
func (h *house) post(to string, fields url.Values) (status int, body string) {
	h.t.Helper()
	r, err := http.NewRequest(http.MethodPost, to, strings.NewReader(fields.Encode()))
	h.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return h.do(r)
}

func TestANoteStandsBesideItsExperiment(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		h.start(promise())
		here := h.serve() + "/experiments/promise"
		if _, body := h.get(here + "?lang=en"); !strings.Contains(body, "Nothing is written down yet") {
			t.Error("a report without notes does not say what to do")
		}
		for range 2 { // a button pressed twice
			if _, body := h.post(here+"/notes?lang=en", url.Values{"body": {"Numbers convince <b>everybody</b>."}, "learnt": {"1"}}); !strings.Contains(body, "Numbers convince &lt;b&gt;") {
				t.Errorf("the note is not shown: %s", body)
			}
		}
		h.time.Advance(time.Hour)
		h.post(here+"/notes", url.Values{"body": {"در این هفته ایمیل هم رفت."}})
		notes := h.report("promise").Notes
		if len(notes) != 2 || notes[0].Learnt || !notes[1].Learnt || notes[0].Author != "sara@example.com" {
			t.Fatalf("%+v: want two, the newest first", notes)
		}
		id := h.find("promise").ID
		learnt, err := h.Learnt(context.Background(), []int64{id, id + 1})
		h.must(err)
		if len(learnt) != 1 || len(learnt[id]) != 1 || !strings.HasPrefix(learnt[id][0].Body, "Numbers") {
			t.Errorf("learnt: %+v", learnt)
		}
		if err := h.Unwrite(context.Background(), "promise", notes[0].ID, "dara@example.com"); !errors.Is(err, errs.Forbidden) {
			t.Errorf("somebody else deletes it: %v", err)
		}
		h.post(here+"/notes/"+strconv.FormatInt(notes[0].ID, 10)+"/delete", nil)
		if notes := h.report("promise").Notes; len(notes) != 1 {
			t.Errorf("%d notes after one was deleted", len(notes))
		}
	})
}

func TestANoteThatIsRefusedIsNotLost(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.start(promise())
	here := h.serve() + "/experiments/promise/notes"
	long := strings.Repeat("پ", 4001)
	status, body := h.post(here+"?lang=fa", url.Values{"body": {long}, "learnt": {"1"}})
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, long) || !strings.Contains(body, "بلند است") || !strings.Contains(body, "checked") {
		t.Errorf("%d: the text, the tick or the reason is lost", status)
	}
	for _, words := range []string{"", "  \n ", "a\x00b", "\xff"} {
		if status, _ := h.post(here, url.Values{"body": {words}}); status/100 != 4 {
			t.Errorf("%q: %d", words, status)
		}
	}
	if status, _ := h.post(strings.Replace(here, "promise", "nowhere", 1), url.Values{"body": {"a"}}); status != http.StatusNotFound {
		t.Errorf("a note on no experiment: %d", status)
	}
	if notes := h.report("promise").Notes; len(notes) != 0 {
		t.Errorf("%d notes", len(notes))
	}
}
