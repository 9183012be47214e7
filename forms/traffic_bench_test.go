package forms

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// BenchmarkFirstViews is a landing page with an experiment over real connections, each
// request that of somebody new: the page, the exposure on the disk (SQLite,
// synchronous=FULL) and the count of the page's visitors. Beside it, in the same run, the
// raw limits: an empty handler, one bare row for each request with the same group commit,
// and the same page for a program, which counts nowhere.
func BenchmarkFirstViews(b *testing.B) {
	view := func(agent string) func(i int) string {
		return func(i int) string {
			return fmt.Sprintf("GET /p/autumn HTTP/1.1\r\nHost: x\r\nUser-Agent: %s\r\nCookie: %s=visitor-%012d\r\n\r\n", agent, VisitorCookie, i)
		}
	}
	const person, program = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Googlebot/2.1"
	b.Run("limit=empty-handler", func(b *testing.B) {
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		defer server.Close()
		load(b, server.Listener.Addr().String(), http.StatusOK, view(person))
	})
	var bare float64
	b.Run("limit=bare-row", func(b *testing.B) {
		batch := bareRows(b, open(b, testkit.Database{Name: "sqlite", Dir: b.TempDir()}))
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if err := batch.Do(r.Context(), visitorOf(r)); err != nil {
				b.Error(err)
			}
		}))
		defer server.Close()
		bare = load(b, server.Listener.Addr().String(), http.StatusOK, view(person))
	})
	var uncounted float64
	b.Run("limit=same-page-uncounted", func(b *testing.B) {
		r := divided(b)
		uncounted = load(b, strings.TrimPrefix(r.url, "http://"), http.StatusOK, view(program))
	})
	b.Run("sarnakh", func(b *testing.B) {
		r := divided(b)
		rate := load(b, strings.TrimPrefix(r.url, "http://"), http.StatusOK, view(person))
		b.ReportMetric(rate/bare, "of-bare-row")
		b.ReportMetric(rate/uncounted, "of-uncounted")
		var exposed int
		if err := r.db.SQL().QueryRow("SELECT count(*) FROM exposures").Scan(&exposed); err != nil || exposed != b.N {
			b.Fatalf("%d exposures, want %d (%v)", exposed, b.N, err)
		}
		list, err := r.forms.Traffic(context.Background(), 28)
		if err != nil || list[0].Visitors != int64(b.N) {
			b.Fatalf("%d visitors of the page, want %d (%v)", list[0].Visitors, b.N, err)
		}
	})
}

// divided is a landing page whose visitors an experiment divides.
func divided(b *testing.B) *room {
	r := open(b, testkit.Database{Name: "sqlite", Dir: b.TempDir()})
	experiments := abtest.New(r.db, r.clock, slog.New(slog.DiscardHandler), r.leads)
	d := &abtest.Definition{
		Name: "Promise", Surface: "page", Variants: []abtest.Variant{{Key: "a"}, {Key: "b"}},
		PlannedVisitorsPerArm: 1_000_000_000, PlannedConversionRate: 0.1, State: abtest.Running,
	}
	d.Kind, d.Key = "experiment", "promise"
	if err := r.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
		return experiments.Kinds()[0].Apply(ctx, tx, manifest.Doc(d))
	}); err != nil {
		b.Fatal(err)
	}
	r.forms.split = experiments
	p := &PageDefinition{Name: "Autumn", Experiment: "promise", Variants: []PageVariant{
		{Key: "a", Title: both("Good coffee", "قهوهٔ خوب"), Text: both("At home", "در خانه"), Form: "guide"},
		{Key: "b", Title: both("Four minutes", "چهار دقیقه"), Text: both("At home", "در خانه"), Form: "guide"},
	}}
	p.Kind, p.Key = "page", "autumn"
	r.applyPage(b, p)
	r.clock.Advance(time.Hour)
	return r
}
