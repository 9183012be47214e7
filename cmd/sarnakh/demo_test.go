package main

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

// demo is the one that all tests of this process look at: five weeks take a while.
var demo struct {
	once sync.Once
	*serving
}

// show runs the demo and returns it when it has come to its report and goes on serving.
func show(t *testing.T) *serving {
	t.Helper()
	demo.once.Do(func() {
		s := runOn("demo", "--json", "--visitors", "400", "--seed", "3", "--addr", "127.0.0.1:0")
		demo.serving = s
		testkit.AtEnd(t, func() error {
			if code := s.stop(); code != 0 {
				return fmt.Errorf("demo: exit code %d: %s", code, s.said.String())
			}
			return nil
		})
	})
	demo.await(t, 3*time.Minute, "landing page  ")
	return demo.serving
}

// told is the report as one JSON object.
func told(t *testing.T, printed string) (r demoReport) {
	t.Helper()
	if err := json.Unmarshal([]byte(printed), &r); err != nil {
		t.Fatalf("not one JSON object: %v\n%s", err, printed)
	}
	return r
}

func TestTheDemoShowsTheWholeProductAtWork(t *testing.T) {
	t.Parallel()
	s := show(t)
	r := told(t, s.printed.String())
	t.Logf("%s", s.printed.String())
	var visitors, conversions int64
	for _, arm := range r.Experiment.Arms {
		visitors += arm.Visitors
		conversions += arm.Conversions
	}
	if r.Visitors != 400 || visitors != 400 {
		t.Errorf("%d visitors, %d in the arms: want 400 in both", r.Visitors, visitors)
	}
	if conversions > int64(r.Submissions) || r.Leads > r.Submissions || conversions == 0 {
		t.Errorf("%d conversions, %d submissions, %d leads do not go together", conversions, r.Submissions, r.Leads)
	}
	if r.EmailsSent <= r.Leads || r.EmailsOpened >= r.EmailsSent || r.EmailsClicked >= r.EmailsOpened || r.EmailsClicked == 0 {
		t.Errorf("sent %d, opened %d, clicked %d do not go together", r.EmailsSent, r.EmailsOpened, r.EmailsClicked)
	}
	if r.PointsAwarded == 0 || r.OffersGranted == 0 || r.OffersRedeemed == 0 || r.OffersRedeemed > r.OffersGranted {
		t.Errorf("points %d, granted %d, redeemed %d", r.PointsAwarded, r.OffersGranted, r.OffersRedeemed)
	}
	if r.Experiment.SRMP == nil || r.Experiment.PValue == nil || r.Experiment.Verdict == "" {
		t.Errorf("no verdict: %+v", r.Experiment)
	}
}

func TestTheDemoEndsAfterItsReportWhenAskedTo(t *testing.T) {
	t.Parallel()
	said, complained, code := call(t, "demo", "--exit", "--json", "--visitors", "1", "--addr", "127.0.0.1:0")
	if code != 0 || told(t, said).Visitors != 1 {
		t.Errorf("exit code %d: %s%s", code, said, complained)
	}
}
