package delivery_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sarnakh/sarnakh/delivery"
	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/mail"
	"github.com/sarnakh/sarnakh/internal/secure"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/templates"
	"github.com/sarnakh/sarnakh/workers"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const (
	soon = 20 * time.Second
	site = "https://shop.example"
)

var start = time.Date(2026, 3, 21, 8, 30, 0, 0, time.UTC)

type rig struct {
	db     *db.DB
	clock  *clock.Manual
	queue  *workers.Queue
	leads  *leads.Service
	sink   *testkit.Sink
	signer *secure.Signer
	s      *delivery.Service
	mux    http.Handler
	write  func(m *delivery.Message, l *leads.Lead, links delivery.Links) (*delivery.Content, error)
}

// Render lets the rig be the Renderer: it greets and links, unless a test says otherwise.
func (r *rig) Render(_ context.Context, m *delivery.Message, l *leads.Lead, links delivery.Links) (*delivery.Content, error) {
	if r.write != nil {
		return r.write(m, l, links)
	}
	return &delivery.Content{
		Language: i18n.English, Subject: "Hello " + l.FirstName, Text: "Hello",
		HTML: `<p>Hello <a href="` + links.Click("https://shop.example/beans?a=1&b=2") + `">beans</a></p><img src="` + links.Open() + `" alt="">`,
	}, nil
}

type nobody struct{}

func (nobody) Who(*http.Request) (web.Principal, error) { return web.Principal{}, errs.Unauthorized }

func newRig(t testing.TB, database testkit.Database, policy delivery.Policy) *rig {
	t.Helper()
	sink := testkit.SMTPSink(t)
	r := newRigTo(t, sink.URL(), database, policy)
	r.sink = sink
	return r
}

// newRigTo sends to another mail server than the sink.
func newRigTo(t testing.TB, smtpURL string, database testkit.Database, policy delivery.Policy) *rig {
	t.Helper()
	d := tables.Open(t, database)
	log := slog.New(slog.DiscardHandler)
	var err error
	r := &rig{db: d, clock: clock.NewManual(start), signer: secure.NewSigner([]byte("sixteen bytes or more"))}
	r.queue = workers.NewQueue(d, r.clock, log)
	r.leads = leads.New(d, r.clock, r.queue)
	r.leads.RegisterJobs(r.queue)
	r.s, err = delivery.New(d, r.clock, r.queue, r.leads, r.signer, delivery.Config{
		FromName: i18n.Text{i18n.Persian: "خانهٔ قهوه", i18n.English: "Coffee House"}, FromAddress: "hello@shop.example", PublicURL: site, Policy: policy,
	}, log)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := mail.NewTransport(smtpURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.Close)
	r.s.RegisterJobs(r.queue, transport, r)
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	mux := web.NewMux(&web.Kit{Templates: set, Clock: r.clock, PublicURL: site, Zone: time.UTC, Language: i18n.English}, nobody{}, log, prometheus.NewRegistry())
	mux.Mount(r.s.Routes(&web.Kit{Templates: set, Clock: r.clock, PublicURL: site, Zone: time.UTC, Language: i18n.English})...)
	r.mux = mux
	return r
}

// work starts the workers; they stop with the test.
func (r *rig) work(t testing.TB) {
	t.Helper()
	rdb, closeRedis, err := workers.OpenRedis(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	pace := workers.Brisk
	if _, measures := t.(*testing.B); measures {
		pace = workers.Steady // as a server has it
	}
	runner := workers.NewRunner(r.queue, rdb, pace)
	if err := runner.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.s.Stop()
		runner.Stop()
		_ = closeRedis()
	})
}

// until asks again and again; it fails the test when the answer stays false.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(soon)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("still not after %v: %s", soon, what)
		}
	}
}

func (r *rig) idle(t testing.TB) {
	t.Helper()
	until(t, "no outstanding jobs", func() bool {
		c, err := r.queue.Count(context.WithoutCancel(t.Context()))
		return err == nil && c.Outstanding == 0
	})
}

func (r *rig) inTx(t testing.TB, fn func(ctx context.Context, tx db.Tx) error) {
	t.Helper()
	if err := r.db.InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// person makes a lead who agreed on the form, unless source is empty.
func (r *rig) person(t testing.TB, email, source string) *leads.Lead {
	t.Helper()
	var made []*leads.Lead
	r.inTx(t, func(ctx context.Context, tx db.Tx) (err error) {
		if made, err = r.leads.Upsert(ctx, tx, []*leads.Profile{{Email: email, FirstName: "Mina", Language: "fa"}}); err != nil || source == "" {
			return err
		}
		return r.agree(ctx, tx, made[0].ID, source)
	})
	return made[0]
}

func (r *rig) agree(ctx context.Context, tx db.Tx, lead int64, source string) error {
	return r.leads.RecordConsents(ctx, tx, &leads.Consent{
		LeadID: lead, Purpose: "marketing", Channel: "email", State: leads.ConsentGranted, Words: "yes", Source: source, At: r.clock.Now(),
	})
}

// queueFor asks for one message to each lead.
func (r *rig) queueFor(t testing.TB, people ...*leads.Lead) []*delivery.Message {
	t.Helper()
	var messages []*delivery.Message
	for _, l := range people {
		messages = append(messages, &delivery.Message{
			EffectKey: fmt.Sprintf("welcome:1:%d:guide", l.ID), LeadID: l.ID, ContentKey: "guide", Journey: "welcome", Version: 1, Step: "guide",
			Context: map[string]any{"code": "MINA10"},
		})
	}
	r.inTx(t, func(ctx context.Context, tx db.Tx) error { return r.s.Queue(ctx, tx, messages) })
	return messages
}

func (r *rig) message(t testing.TB, id int64) *delivery.Message {
	t.Helper()
	m := new(delivery.Message)
	if err := r.db.Read().NewSelect().Model(m).Where("id = ?", id).Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	return m
}

// events are the names of what happened to a lead, the oldest first.
func (r *rig) events(t testing.TB, lead int64) []*leads.Event {
	t.Helper()
	page, _, err := r.leads.Timeline(t.Context(), lead, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func (r *rig) happened(t testing.TB, lead int64, name string) int {
	t.Helper()
	n := 0
	for _, e := range r.events(t, lead) {
		if e.Name == name {
			n++
		}
	}
	return n
}

func (r *rig) links(m *delivery.Message) delivery.Links {
	return delivery.NewLinks(r.signer, site, m.ID)
}

// visit asks for an address of ours as a browser of another site's page would.
func (r *rig) visit(t testing.TB, method, address, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	q := httptest.NewRequestWithContext(t.Context(), method, strings.TrimPrefix(address, site), strings.NewReader(body))
	if body != "" {
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	q.Header.Set("Sec-Fetch-Site", "cross-site")
	for i := 0; i+1 < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, q)
	return w
}
