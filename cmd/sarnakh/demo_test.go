package main

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
)

func TestTheDemoShowsTheWholeProductAtWork(t *testing.T) {
	var out, errs bytes.Buffer
	t.Setenv("SARNAKH_ADDR", "127.0.0.1:0")
	if code := run(context.Background(), []string{"demo", "--exit", "--json", "--visitors", "400", "--seed", "3"}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	var r demoReport
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("not one JSON object: %v\n%s", err, out.String())
	}
	t.Logf("%s", out.String())
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
