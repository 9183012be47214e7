package main

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/migrations"
	"github.com/sarnakh/sarnakh/workers"
)

// BenchmarkLargeReport measures an experiment's report over ten visitors for each of the
// leads of -large, on PostgreSQL: four weeks, two versions, all devices and channels. Beside
// it stands the count of the same visitors by variant and day, without any tallies.
func BenchmarkLargeReport(b *testing.B) {
	if *large == 0 {
		b.Skip("needs -large and some minutes: make bench-large")
	}
	ctx := context.Background()
	d, err := db.Open(ctx, testkit.Postgres(b), "")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.Close() })
	if _, err := migrations.Up(ctx, d); err != nil {
		b.Fatal(err)
	}
	log, c := slog.New(slog.DiscardHandler), clock.NewManual(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC))
	s := abtest.New(d, c, log, leads.New(d, c, workers.NewQueue(d, c, log)))
	definition := &abtest.Definition{
		Name: "Large", Surface: "page", Variants: []abtest.Variant{{Key: "a"}, {Key: "b"}},
		PlannedVisitorsPerArm: 1_000_000_000, PlannedConversionRate: 0.1, State: abtest.Running,
	}
	definition.Kind, definition.Key = "experiment", "large"
	if err := d.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return s.Kinds()[0].Apply(ctx, tx, definition) }); err != nil {
		b.Fatal(err)
	}
	visitors := 10 * *large
	for _, statement := range []string{
		fmt.Sprintf(`INSERT INTO exposures (experiment_id, visitor_id, variant, regime, day, device, traffic, language, first_at)
			SELECT 1, 'visitor-' || n, CASE WHEN n %% 2 = 0 THEN 'a' ELSE 'b' END, 1, n %% 28,
				(ARRAY['desktop', 'phone', 'tablet'])[1 + n / 2 %% 3], (ARRAY['direct', 'search', 'social', 'email', 'ads', 'referral'])[1 + n / 6 %% 6],
				(ARRAY['fa', 'en'])[1 + n / 36 %% 2], TIMESTAMPTZ '2026-11-02 09:00Z' + (n %% 28) * INTERVAL '1 day'
			FROM generate_series(1, %d) AS n`, visitors),
		fmt.Sprintf(`INSERT INTO exposure_goals (experiment_id, visitor_id, goal, first_at, reached_on, event_id, events, value)
			SELECT 1, 'visitor-' || n, 'goal', TIMESTAMPTZ '2026-11-02 10:00Z' + (n %% 28 + n %% 3) * INTERVAL '1 day', n %% 28 + 1 + n %% 3, n, 1, 0
			FROM generate_series(11, %d, 11) AS n`, visitors),
		`INSERT INTO exposure_tallies (experiment_id, variant, regime, day, crossed, device, traffic, language, visitors)
			SELECT experiment_id, variant, regime, day, crossed, device, traffic, language, count(*) FROM exposures GROUP BY 1, 2, 3, 4, 5, 6, 7, 8`,
		`INSERT INTO goal_tallies (experiment_id, goal, variant, regime, day, reached_on, crossed, device, traffic, language, visitors, total, squares)
			SELECT x.experiment_id, g.goal, x.variant, x.regime, x.day, g.reached_on, x.crossed, x.device, x.traffic, x.language, count(*), 0, 0
			FROM exposures AS x JOIN exposure_goals AS g ON g.experiment_id = x.experiment_id AND g.visitor_id = x.visitor_id
			GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10`,
		"ANALYZE exposures, exposure_goals, exposure_tallies, goal_tallies",
	} {
		if _, err := d.SQL().ExecContext(ctx, statement); err != nil {
			b.Fatal(err)
		}
	}
	c.Advance(28*24*time.Hour - time.Minute)
	b.Run(fmt.Sprintf("visitors=%d", visitors), func(b *testing.B) {
		var took []time.Duration
		for b.Loop() {
			began := time.Now()
			r, err := s.Report(ctx, "large")
			if err != nil {
				b.Fatal(err)
			}
			if r.Visitors() != int64(visitors) {
				b.Fatalf("%d visitors", r.Visitors())
			}
			took = append(took, time.Since(began))
		}
		report(b, took)
		began := time.Now()
		if _, err := d.SQL().ExecContext(ctx, `SELECT x.variant, x.day, count(*), count(g.goal) FROM exposures AS x
			LEFT JOIN exposure_goals AS g ON g.experiment_id = x.experiment_id AND g.visitor_id = x.visitor_id WHERE x.experiment_id = 1 GROUP BY x.variant, x.day`); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms-without-tallies")
	})
}
