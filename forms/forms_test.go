package forms

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/templates"
	"github.com/sarnakh/sarnakh/workers"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// room is the forms with everything below them, over one database.
type room struct {
	db    *db.DB
	clock *clock.Manual
	leads *leads.Service
	forms *Service
	queue *workers.Queue
	url   string
	split *fixedSplit
}

// fixedSplit shows everybody the same variant and remembers who saw it.
type fixedSplit struct {
	variant string
	seen    []string
	from    web.Visit // of the one who saw it last
}

func (s *fixedSplit) Assign(context.Context, string, string, web.Visit) (string, error) {
	return s.variant, nil
}

func (s *fixedSplit) VariantsOn(context.Context, bun.IDB, string, string) ([]string, error) {
	return []string{"a", "b"}, nil
}

func (s *fixedSplit) Expose(_ context.Context, _, variant, visitor string, from web.Visit) error {
	s.from = from
	s.seen = append(s.seen, variant+":"+visitor)
	return nil
}

type nobody struct{}

func (nobody) Who(*http.Request) (web.Principal, error) { return web.Principal{}, errs.Unauthorized }

func open(t testing.TB, base testkit.Database) *room {
	t.Helper()
	d := tables.Open(t, base)
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	r := &room{db: d, clock: clock.NewManual(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)), split: &fixedSplit{variant: "b"}}
	log := slog.New(slog.DiscardHandler)
	r.queue = workers.NewQueue(d, r.clock, log)
	r.leads = leads.New(d, r.clock, r.queue)
	kit := &web.Kit{Templates: set, Clock: r.clock, Zone: time.UTC, Language: i18n.English}
	r.forms = New(d, r.clock, log, r.leads, r.split, kit)
	t.Cleanup(r.forms.Stop)
	mux := web.NewMux(kit, nobody{}, log, prometheus.NewRegistry())
	mux.Mount(r.forms.Routes()...)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	r.url, kit.PublicURL = server.URL, server.URL
	r.apply(t, guide())
	return r
}

func (r *room) apply(t testing.TB, d *Definition) {
	t.Helper()
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	if err := r.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
		return r.forms.formTable().Apply(ctx, tx, d)
	}); err != nil {
		t.Fatal(err)
	}
}

func both(en, fa string) i18n.Text { return i18n.Text{i18n.English: en, i18n.Persian: fa} }

func guide() *Definition {
	d := &Definition{
		Name: "Guide", Title: both("Brew better", "بهتر دم کنید"), Button: both("Send", "بفرست"),
		Fields: []Field{
			{Name: "email", Type: "email", Label: both("E-mail", "ایمیل"), Required: true},
			{Name: "first_name", Type: "text", Label: both("First name", "نام"), Required: true, MaxLength: 60},
			{Name: "cups", Type: "number", Label: both("Cups a day", "فنجان در روز")},
			{Name: "brew", Type: "choice", Label: both("Brew", "دم‌آوری"), Options: []Option{{"v60", both("V60", "وی‌۶۰")}, {"moka", both("Moka", "موکا")}}},
		},
		Consent: &Consent{Words: both("Write to me", "برایم بنویسید")},
		Thanks:  Thanks{Title: both("Thank you", "سپاس"), Text: both("Look in your inbox", "صندوقتان را ببینید")},
	}
	d.Kind, d.Key = "form", "guide"
	return d
}

func (r *room) applyPage(t testing.TB, d *PageDefinition) {
	t.Helper()
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	if err := r.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
		return r.forms.pageTable().Apply(ctx, tx, d)
	}); err != nil {
		t.Fatal(err)
	}
}
