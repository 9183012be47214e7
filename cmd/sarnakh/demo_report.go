package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/insights"
)

// demoReport is what the database holds after the demo.
type demoReport struct {
	insights.Summary
	Experiment demoExperiment `json:"experiment"`
	Seconds    float64        `json:"seconds"`

	sentence string
}

type demoExperiment struct {
	Key     string    `json:"key"`
	Arms    []demoArm `json:"arms"`
	SRMP    *float64  `json:"srm_p"`
	PValue  *float64  `json:"p_value"`
	Verdict string    `json:"verdict"`
	Winner  string    `json:"winner,omitempty"`
}

type demoArm struct {
	Key         string `json:"key"`
	Visitors    int64  `json:"visitors"`
	Conversions int64  `json:"conversions"`
}

func (s *server) demoReport(ctx context.Context, took time.Duration) (*demoReport, error) {
	sum, err := s.insights.Count(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	report, err := s.abtest.Report(ctx, sampleExperiment)
	if err != nil {
		return nil, err
	}
	r := &demoReport{Summary: sum, Seconds: took.Seconds()}
	r.Experiment = demoExperiment{Key: report.Key, SRMP: report.SRM.P, PValue: report.PValue, Verdict: string(report.Verdict.State), Winner: report.Verdict.Winner}
	// The arms as they stand now, and the visitors they add up to: people, each once, while
	// the home page counts who comes back once a day. The verdict and its p rest on those of
	// the day it was reached.
	r.Visitors = int(report.Crossed.Visitors)
	for _, arm := range report.Latest {
		r.Visitors += int(arm.Visitors)
		r.Experiment.Arms = append(r.Experiment.Arms, demoArm{arm.Key, arm.Visitors, arm.Conversions})
	}
	r.sentence = report.Sentence(s.kit.Templates.Catalog().Locale(s.kit.Language, s.kit.Zone))
	return r, nil
}

// print writes the report for people.
func (r *demoReport) print(out io.Writer) {
	share := func(part, whole int, of string) string {
		if whole == 0 {
			return ""
		}
		return fmt.Sprintf("%5.1f %%", 100*float64(part)/float64(whole)) + of
	}
	fmt.Fprintf(out, "\nFive weeks in %.1f seconds. Counted from the database:\n\n", r.Seconds)
	for _, line := range []struct {
		name  string
		n     int
		share string
	}{
		{"visitors", r.Visitors, ""},
		{"form submissions", r.Submissions, share(r.Submissions, r.Visitors, " of the visitors")},
		{"leads", r.Leads, ""},
		{"e-mails sent", r.EmailsSent, ""},
		{"  opened", r.EmailsOpened, share(r.EmailsOpened, r.EmailsSent, " of those sent")},
		{"  clicked", r.EmailsClicked, share(r.EmailsClicked, r.EmailsSent, " of those sent")},
		{"points awarded", r.PointsAwarded, ""},
		{"offers granted", r.OffersGranted, ""},
		{"  redeemed", r.OffersRedeemed, share(r.OffersRedeemed, r.OffersGranted, " of those granted")},
	} {
		fmt.Fprintf(out, "  %-18s %7d  %s\n", line.name, line.n, line.share)
	}
	fmt.Fprintf(out, "\n  experiment %q\n", r.Experiment.Key)
	for _, arm := range r.Experiment.Arms {
		bar := ""
		if arm.Visitors > 0 {
			bar = strings.Repeat("█", int(100*arm.Conversions/arm.Visitors))
		}
		fmt.Fprintf(out, "  %-18s %7d visitors %6d conversions  %s  %s\n", arm.Key, arm.Visitors, arm.Conversions,
			share(int(arm.Conversions), int(arm.Visitors), ""), bar)
	}
	fmt.Fprintf(out, "  %s\n", r.sentence)
}
