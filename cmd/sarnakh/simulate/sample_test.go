package simulate_test

import (
	"log/slog"
	"maps"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/campaigns"
	"github.com/sarnakh/sarnakh/forms"
	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/leads/scoring"
	"github.com/sarnakh/sarnakh/leads/segments"
	"github.com/sarnakh/sarnakh/loyalty"
	"github.com/sarnakh/sarnakh/offers"
	"github.com/sarnakh/sarnakh/sample"
	"github.com/sarnakh/sarnakh/workers"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// kinds are all that the sample's documents can be, over an empty database.
func kinds(t *testing.T) (*db.DB, []manifest.Kind) {
	t.Helper()
	d := tables.Open(t, testkit.Database{Dir: t.TempDir()})
	c, log := clock.NewManual(start), slog.New(slog.DiscardHandler)
	q := workers.NewQueue(d, c, log)
	l := leads.New(d, c, q)
	experiments := abtest.New(d, c, log, l)
	return d, slices.Concat(
		l.Kinds(), segments.New(d, c, q, l, time.UTC).Kinds(), scoring.New(d, c, l, q).Kinds(),
		experiments.Kinds(),
		forms.New(d, c, log, l, experiments, &web.Kit{}).Kinds(),
		offers.New(d, c, l, experiments).Kinds(),
		loyalty.New(d, c, l).Kinds(),
		campaigns.New(d, c, l, q, campaigns.Effects{Experiments: experiments}, campaigns.Look{Language: i18n.Persian}).Kinds(),
	)
}

func names(t *testing.T) []string {
	t.Helper()
	entries, err := sample.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		if path.Ext(e.Name()) == ".yaml" {
			out = append(out, e.Name())
		}
	}
	return out
}

func TestTheSampleIsSetUpOnceAndThenKnown(t *testing.T) {
	d, kinds := kinds(t)
	bundle, err := manifest.Load(sample.Files, names(t), kinds)
	if err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		changes, err := bundle.Apply(t.Context(), d, kinds)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]int{}
		for _, c := range changes {
			found[c.Kind]++
			if c.New != (round == 0) || c.New != (c.Diff != "") {
				t.Errorf("round %d: %s %s: new %v, %s", round, c.Kind, c.Key, c.New, c.Diff)
			}
		}
		want := map[string]int{"form": 1, "page": 1, "experiment": 4, "email": 7, "journey": 1, "offer": 4, "earning_rule": 3,
			"field": 6, "segment": 3, "scoring_rule": 6, "grade_scale": 1}
		if !maps.Equal(found, want) {
			t.Errorf("the sample has %v", found)
		}
	}
}
