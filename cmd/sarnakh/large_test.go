package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/period"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/leads/segments"
	"github.com/sarnakh/sarnakh/migrations"
	"github.com/sarnakh/sarnakh/workers"
)

// large is how many leads the large benchmarks make, each with ten events.
var large = flag.Int("large", 0, "how many leads BenchmarkLarge makes; it is left out when 0 (make bench-large: 1000000)")

// town is a database of many leads.
type town struct {
	*db.DB
	url      string
	size     int
	now      time.Time
	leads    *leads.Service
	segments *segments.Service
	random   *rand.Rand
}

// BenchmarkLarge measures at the size of a large team's base what grows with it: the
// count of a segment beside the best SQL written by hand, a lead's page, the search,
// the refresh of fifty segments after some leads have changed, at a tenth of the size
// and at the whole.
func BenchmarkLarge(b *testing.B) {
	if *large == 0 {
		b.Skip("needs -large and some minutes: make bench-large")
	}
	for _, size := range []int{*large / 10, *large} {
		t := settleTown(b, size)
		b.Run(fmt.Sprintf("leads=%d", size), func(b *testing.B) {
			b.Run("segment", t.countSegments)
			b.Run("search", t.search)
			b.Run("page", t.page)
			b.Run("refresh", t.refresh)
		})
	}
}

// settleTown makes a PostgreSQL database of leads and events, the same each time.
func settleTown(b *testing.B, size int) *town {
	b.Helper()
	ctx := context.Background()
	t := &town{url: testkit.Postgres(b), size: size, now: time.Now().UTC().Truncate(time.Second), random: rand.New(rand.NewPCG(1, 2))}
	var err error
	if t.DB, err = db.Open(ctx, t.url, ""); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = t.Close() })
	if _, err := migrations.Up(ctx, t.DB); err != nil {
		b.Fatal(err)
	}
	c := clock.NewManual(t.now)
	q := workers.NewQueue(t.DB, c, slog.New(slog.DiscardHandler))
	t.leads = leads.New(t.DB, c, q)
	t.segments = segments.New(t.DB, c, q, t.leads, time.UTC)
	began := time.Now()
	t.fill(b)
	b.Logf("%d leads and %d events in %s", size, 10*size, time.Since(began).Round(time.Second))
	return t
}

// asked are the segments that are counted: a field, a tag, and something done at least
// twice in 30 days; once it is a rare thing and once what half of all events are.
var asked = []struct{ name, event string }{{"rare-event", leads.EventOrderCompleted}, {"common-event", leads.EventPageViewed}}

const month = period.Period(30 * 24 * time.Hour)

// byHand is the best that we know to write for the same question.
const byHand = `SELECT count(*) FROM leads AS l
	JOIN (SELECT lead_id FROM events WHERE name = ? AND occurred_at BETWEEN ? AND ? GROUP BY lead_id HAVING count(*) >= 2) AS e ON e.lead_id = l.id
	JOIN lead_tags AS lt ON lt.lead_id = l.id AND lt.tag_id = (SELECT id FROM tags WHERE name_fold = 'vip')
	WHERE l.country = 'IR' AND l.merged_into IS NULL AND l.erased_at IS NULL`

func (t *town) countSegments(b *testing.B) {
	for _, a := range asked {
		c := conditions.Condition{All: []conditions.Condition{
			{Field: "country", Test: conditions.Test{Is: "IR"}}, {Tag: "VIP"},
			{Event: a.event, Times: 2, Test: conditions.Test{Within: month}},
		}}
		var hand, ours []time.Duration
		var want, got int
		b.Run(a.name, func(b *testing.B) {
			for n := 0; n < 7 || b.Loop(); n++ { // in turn, so that both have the same weather
				began := time.Now()
				if err := t.Read().NewRaw(byHand, a.event, t.now.Add(-30*24*time.Hour), t.now).Scan(b.Context(), &want); err != nil {
					b.Fatal(err)
				}
				hand = append(hand, time.Since(began))
				began = time.Now()
				got = t.count(b, c)
				ours = append(ours, time.Since(began))
			}
			if got != want || got == 0 && t.size >= 100_000 {
				b.Fatalf("the condition counts %d, the SQL %d", got, want)
			}
			slices.Sort(ours)
			slices.Sort(hand)
			half := len(ours) / 2
			b.ReportMetric(float64(ours[half].Microseconds())/1000, "ms-count")
			b.ReportMetric(float64(hand[half].Microseconds())/1000, "ms-by-hand")
			b.ReportMetric(ours[half].Seconds()/hand[half].Seconds(), "ratio")
			b.ReportMetric(float64(got), "found")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func (t *town) count(b *testing.B, c conditions.Condition) (n int) {
	where, args, err := c.Where(t.leads.Schema(), t.now)
	if err != nil {
		b.Fatal(err)
	}
	if err := t.Read().NewSelect().Model((*leads.Lead)(nil)).ColumnExpr("count(*)").Where(leads.Living).
		Where(where, args...).Scan(b.Context(), &n); err != nil {
		b.Fatal(err)
	}
	return n
}

// search looks for people by the beginning of a name, an address and a number.
func (t *town) search(b *testing.B) {
	var took []time.Duration
	for b.Loop() {
		id := 1 + t.random.IntN(t.size)
		email, phone := address(id), fmt.Sprintf("0912%07d", id)
		for _, text := range []string{
			email[:3+t.random.IntN(len(email)-3)], phone[:5+t.random.IntN(6)], firstNames[t.random.IntN(len(firstNames))],
			lastNames[t.random.IntN(len(lastNames))] + " ", "zz",
		} {
			o := leads.ListOptions{Limit: 50}
			o.Search = text
			began := time.Now()
			if _, _, err := t.leads.List(b.Context(), o); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(began))
		}
	}
	report(b, took)
}

// page asks the real program for leads' pages.
func (t *town) page(b *testing.B) {
	program, data := testkit.Binary(b), b.TempDir()
	made, err := exec.Command(program, "key", "create", "bench", "--database", t.url, "--data", data).Output()
	if err != nil {
		b.Fatal(err)
	}
	key := made[strings.Index(string(made), "srk_"):]
	header := "Authorization: Bearer " + strings.Fields(string(key))[0]
	p := launch(b, func(addr string) *exec.Cmd {
		return exec.Command(program, "serve", "--addr", addr, "--data", data, "--database", t.url, "--api-rate", "100000")
	})
	defer p.end(b)
	for name, path := range map[string]func() string{
		"lead": func() string { return fmt.Sprintf("/leads/%d", 1+t.random.IntN(t.size)) },
		"list": func() string { return "/leads" },
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				if a := ask(b, "GET", p.url+path(), "", header); a.StatusCode != http.StatusOK {
					b.Fatalf("status %d", a.StatusCode)
				}
				took = append(took, time.Since(began))
			}
			report(b, took)
		})
	}
}

// refresh settles fifty segments after 10,000 leads, or as many as there are, were
// changed, 200 at a time as the dispatcher does.
func (t *town) refresh(b *testing.B) {
	t.fifty(b)
	changed := min(10_000, t.size)
	for b.Loop() {
		b.StopTimer()
		events := make([]*leads.Event, changed)
		for i, n := range t.random.Perm(t.size)[:changed] {
			events[i] = &leads.Event{LeadID: int64(n + 1), Name: eventNames[t.random.IntN(len(eventNames))], Properties: map[string]any{"total": 250.0}}
		}
		batches := slices.Collect(slices.Chunk(events, 200))
		for _, part := range batches {
			if err := t.InTx(b.Context(), func(ctx context.Context, tx db.Tx) error { return t.leads.Record(ctx, tx, part...) }); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		for _, part := range batches {
			if err := t.segments.OnEvents(b.Context(), part); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/10000-leads")
	b.ReportMetric(0, "ns/op")
}

// fifty defines and fills fifty dynamic segments of all sorts.
func (t *town) fifty(b *testing.B) {
	for n := range 50 {
		event, tag := eventNames[n%len(eventNames)], tagNames[n%len(tagNames)]
		often := conditions.Condition{Event: event, Times: 2, Test: conditions.Test{Within: month}}
		c := []conditions.Condition{
			{All: []conditions.Condition{{Field: "cups", Test: conditions.Test{Is: n % 10}}, {Field: "country", Test: conditions.Test{Is: countries[n%len(countries)]}}}},
			{All: []conditions.Condition{{Tag: tag}, {Not: &conditions.Condition{Field: "city", Test: conditions.Test{Is: cities[n%len(cities)]}}}}},
			{All: []conditions.Condition{often, {Field: "stage", Test: conditions.Test{Is: leads.Stages[n%3]}}}},
			{All: []conditions.Condition{{Field: "cups", Test: conditions.Test{AtLeast: n % 10}}, {Tag: tag}, often}},
			{All: []conditions.Condition{{Tag: tag}, {Event: event, Properties: conditions.Properties{"total": {AtLeast: 250}}}}},
		}[n%5]
		d := &segments.Definition{Head: manifest.Head{Kind: "segment", Key: fmt.Sprint("s", n)}, Name: i18n.Plain(fmt.Sprint("s", n)), Condition: &c}
		if err := t.segments.Save(b.Context(), d); err != nil {
			b.Fatal(err)
		}
		// Filled in one statement: here only what comes after is measured.
		where, args, err := c.Where(t.leads.Schema(), t.now)
		if err != nil {
			b.Fatal(err)
		}
		members := t.Read().NewSelect().Model((*leads.Lead)(nil)).ColumnExpr("(SELECT id FROM segments WHERE key = ?), lead.id, ?", d.Key, t.now).
			Where(leads.Living).Where(where, args...)
		t.exec(b, "INSERT INTO segment_members (segment_id, lead_id, entered_at) ?", members)
	}
	t.exec(b, "UPDATE segments SET state = 'ready', size = (SELECT count(*) FROM segment_members WHERE segment_id = segments.id)")
	t.exec(b, "ANALYZE segment_members")
}

// report says how long the half and all but five in a hundred took at the most.
func report(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-p50")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "ms-p95")
	b.ReportMetric(0, "ns/op")
}
