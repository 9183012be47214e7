package campaigns

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/campaigns/content"
	"github.com/sarnakh/sarnakh/delivery"
	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/mail"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/secure"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/loyalty"
	"github.com/sarnakh/sarnakh/offers"
	"github.com/sarnakh/sarnakh/workers"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// house is the feature with everything below it: real workers, points and
// offers, and a mail server at the far end. Only the clock is ours.
type house struct {
	*Service
	t           *testing.T
	clock       *clock.Manual
	leads       *leads.Service
	loyalty     *loyalty.Service
	experiments *abtest.Service
	queue       *workers.Queue
	shelf       *shelf
	sink        *testkit.Sink
}

func eachHouse(t *testing.T, test func(t *testing.T, h *house)) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) { test(t, newHouse(t, at)) })
}

func newHouse(t *testing.T, at testkit.Database) *house {
	t.Helper()
	ctx, log := context.Background(), slog.New(slog.DiscardHandler)
	d := tables.Open(t, at)
	h := &house{t: t, clock: clock.NewManual(start), sink: testkit.SMTPSink(t)}
	h.queue = workers.NewQueue(d, h.clock, log)
	h.leads = leads.New(d, h.clock, h.queue)
	h.leads.RegisterJobs(h.queue)
	h.loyalty = loyalty.New(d, h.clock, h.leads)
	h.experiments = abtest.New(d, h.clock, log, h.leads)
	h.leads.Subscribe(h.experiments)
	h.shelf = &shelf{Service: offers.New(d, h.clock, h.leads, h.experiments)}
	post, err := delivery.New(d, h.clock, h.queue, h.leads, secure.NewSigner([]byte("a secret of the test's")), delivery.Config{
		FromName: i18n.Plain("Bamdad"), FromAddress: "hello@bamdad.example", PublicURL: "https://bamdad.example",
	}, log)
	must(t, err)
	h.Service = New(d, h.clock, h.leads, h.queue, Effects{post, h.loyalty, h.shelf, h.experiments}, look(t))
	h.leads.Subscribe(h.Service)
	h.Service.RegisterJobs(h.queue)
	transport, err := mail.NewTransport(h.sink.URL())
	must(t, err)
	t.Cleanup(transport.Close)
	post.RegisterJobs(h.queue, transport, h.Service)
	rdb, closeRedis, err := workers.OpenRedis(ctx, "")
	must(t, err)
	t.Cleanup(func() { closeRedis() })
	runner := workers.NewRunner(h.queue, rdb, workers.Brisk)
	must(t, runner.Start(ctx))
	t.Cleanup(runner.Stop)
	return h
}

// look speaks the words of this feature's own catalogue.
func look(t testing.TB) Look {
	raw, err := os.ReadFile("../templates/i18n/campaigns.yaml")
	must(t, err)
	catalog, err := i18n.Load(fstest.MapFS{"campaigns.yaml": {Data: raw}})
	must(t, err)
	return Look{
		Catalog: catalog, Zone: time.UTC, Language: i18n.Persian, Site: "https://bamdad.example",
		Brand: content.Brand{Name: i18n.Text{i18n.Persian: "قهوهٔ بامداد", i18n.English: "Bamdad Coffee"}, Address: i18n.Plain("Tehran")},
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// shelf is the real offers, which a test can make fail.
type shelf struct {
	*offers.Service
	fail func(leadID int64) error
}

func (o *shelf) Choose(ctx context.Context, tx db.Tx, leadID int64, candidates []string, cause string) (offers.Granted, bool, error) {
	if o.fail != nil {
		if err := o.fail(leadID); err != nil {
			return offers.Granted{}, false, err
		}
	}
	return o.Service.Choose(ctx, tx, leadID, candidates, cause)
}

func (h *house) tx(fn func(ctx context.Context, tx db.Tx) error) {
	h.t.Helper()
	must(h.t, h.db.InTx(context.Background(), fn))
}

// apply stores documents; the first line of each says of which kind.
func (h *house) apply(documents ...string) {
	h.t.Helper()
	for _, text := range documents {
		var head manifest.Head
		must(h.t, yaml.Unmarshal([]byte(text), &head))
		for _, kind := range slices.Concat(h.experiments.Kinds(), h.Kinds(), h.shelf.Kinds()) {
			if kind.Name() != head.Kind {
				continue
			}
			doc := kind.New()
			must(h.t, yaml.UnmarshalWithOptions([]byte(text), doc, yaml.DisallowUnknownField()))
			must(h.t, doc.Check())
			h.tx(func(ctx context.Context, tx db.Tx) error { return kind.Apply(ctx, tx, doc) })
		}
	}
}

// lead is somebody who agreed to hear from us.
func (h *house) lead(email, name, language string) int64 {
	h.t.Helper()
	var id int64
	h.tx(func(ctx context.Context, tx db.Tx) error {
		found, err := h.leads.Upsert(ctx, tx, []*leads.Profile{{Email: email, FirstName: name, Language: language}})
		if err != nil {
			return err
		}
		id = found[0].ID
		return h.leads.RecordConsents(ctx, tx, &leads.Consent{
			LeadID: id, Purpose: "marketing", Channel: "email", State: leads.ConsentGranted, Words: "Yes", At: h.clock.Now(),
		})
	})
	return id
}

func (h *house) record(events ...*leads.Event) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error { return h.leads.Record(ctx, tx, events...) })
}

func submitted(lead int64, form string) *leads.Event {
	return &leads.Event{LeadID: lead, Name: leads.EventFormSubmitted, Properties: map[string]any{"form": form}}
}

// settle waits until nothing that is due is left undone.
func (h *house) settle() {
	h.t.Helper()
	h.queue.Wake()
	tick, limit := time.NewTicker(5*time.Millisecond), time.After(30*time.Second)
	defer tick.Stop()
	for {
		c, err := h.queue.Count(context.Background())
		must(h.t, err)
		if c.Outstanding == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			h.t.Fatalf("after half a minute there is still %+v", c)
		}
	}
}

// pass lets time go by, and what is due then be done.
func (h *house) pass(d time.Duration) {
	h.t.Helper()
	h.clock.Advance(d)
	h.settle()
}

// subjects are the mails that arrived, in order.
func (h *house) subjects() []string {
	var out []string
	for _, m := range h.sink.Messages() {
		out = append(out, m.To[0]+": "+m.Parse(h.t).GetHeader("Subject"))
	}
	return out
}

func (h *house) enrollments(lead int64) []*Enrollment {
	h.t.Helper()
	var rows []*Enrollment
	must(h.t, h.db.Read().NewSelect().Model(&rows).Where("lead_id = ?", lead).Order("id").Scan(context.Background()))
	return rows
}

func (h *house) points(lead int64) int64 {
	h.t.Helper()
	have, err := h.loyalty.Balances(context.Background(), h.db.Read(), []int64{lead})
	must(h.t, err)
	return have[lead]
}

// way is what was decided for a lead, in order.
func (h *house) way(lead int64) []string {
	h.t.Helper()
	var rows []*Decision
	must(h.t, h.db.Read().NewSelect().Model(&rows).
		Where("enrollment_id IN (SELECT id FROM enrollments WHERE lead_id = ?)", lead).Order("id").Scan(context.Background()))
	var out []string
	for _, d := range rows {
		text := d.Kind + " " + d.Step
		if d.Kind == "branch" {
			text += fmt.Sprint(" ", d.Detail.Then)
		}
		if d.Outcome != OutcomeDone {
			text += " " + d.Outcome + " " + d.Detail.Why
		}
		out = append(out, text)
	}
	return out
}
