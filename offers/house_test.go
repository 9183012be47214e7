package offers

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/period"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/templates"
	"github.com/sarnakh/sarnakh/workers"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

const week = period.Period(7 * 24 * time.Hour)

// house is the feature over an empty database, with a clock to move.
type house struct {
	*Service
	clock *clock.Manual
	t     *testing.T
}

func eachHouse(t *testing.T, test func(t *testing.T, h house)) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) { test(t, newHouse(t, at)) })
}

func newHouse(t *testing.T, at testkit.Database) house {
	t.Helper()
	d := tables.Open(t, at)
	c := clock.NewManual(start)
	l := leads.New(d, c, workers.NewQueue(d, c, slog.New(slog.DiscardHandler)))
	return house{New(d, c, l, abtest.New(d, c, slog.New(slog.DiscardHandler), l)), c, t}
}

// tx runs fn in a transaction that must commit.
func (h house) tx(fn func(ctx context.Context, tx db.Tx) error) {
	h.t.Helper()
	if err := h.db.InTx(context.Background(), fn); err != nil {
		h.t.Fatal(err)
	}
}

func (h house) lead(email, language string) int64 {
	h.t.Helper()
	var id int64
	h.tx(func(ctx context.Context, tx db.Tx) error {
		found, err := h.leads.Upsert(ctx, tx, []*leads.Profile{{Email: email, Language: language}})
		if err == nil {
			id = found[0].ID
		}
		return err
	})
	return id
}

// offer applies an offer that must be good.
func (h house) offer(o Offer) {
	h.t.Helper()
	if o.Title == nil {
		o.Title = i18n.Text{i18n.Persian: "پیشنهاد " + o.Key, i18n.English: "Offer " + o.Key}
	}
	if err := o.Check(); err != nil {
		h.t.Fatal(err)
	}
	h.tx(func(ctx context.Context, tx db.Tx) error { return h.Kinds()[0].Apply(ctx, tx, &o) })
}

func head(key string) manifest.Head { return manifest.Head{Kind: "offer", Key: key} }

// choose asks for the best of the candidates.
func (h house) choose(lead int64, cause string, candidates ...string) (g Granted, ok bool) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error {
		var err error
		g, ok, err = h.Choose(ctx, tx, lead, candidates, cause)
		return err
	})
	return g, ok
}

// given is choose where something must be given.
func (h house) given(lead int64, cause string, candidates ...string) Granted {
	h.t.Helper()
	g, ok := h.choose(lead, cause, candidates...)
	if !ok {
		h.t.Fatalf("lead %d got none of %v", lead, candidates)
	}
	return g
}

// outcomes are the decisions for a cause, by offer.
func (h house) outcomes(cause string) map[string]*Decision {
	h.t.Helper()
	var rows []*Decision
	if err := h.db.Read().NewSelect().Model(&rows).Where("cause = ?", cause).Scan(context.Background()); err != nil {
		h.t.Fatal(err)
	}
	out := map[string]*Decision{}
	for _, d := range rows {
		offers, err := offersByID(context.Background(), h.db.Read(), []int64{d.OfferID})
		if err != nil {
			h.t.Fatal(err)
		}
		out[offers[d.OfferID].Key] = d
	}
	return out
}

// events are the names on a lead's timeline, the newest first.
func (h house) events(lead int64) []*leads.Event {
	h.t.Helper()
	events, _, err := h.leads.Timeline(context.Background(), lead, 0, 100)
	if err != nil {
		h.t.Fatal(err)
	}
	return events
}

// somebody is a guard that knows whoever asks.
type somebody struct{}

func (somebody) Who(*http.Request) (web.Principal, error) {
	return web.Principal{Kind: "account", ID: 1, Name: "team@example.com"}, nil
}

// site serves the feature's routes and returns what asks it.
func (h house) site() func(method, path, body string, headers ...string) (int, string) {
	h.t.Helper()
	set, err := templates.New()
	if err != nil {
		h.t.Fatal(err)
	}
	kit := &web.Kit{Templates: set, Clock: h.clock, PublicURL: "http://127.0.0.1", Language: i18n.English}
	mux := web.NewMux(kit, somebody{}, slog.New(slog.NewTextHandler(h.t.Output(), nil)), prometheus.NewRegistry())
	mux.Mount(h.Routes(kit)...)
	server := httptest.NewServer(mux)
	h.t.Cleanup(server.Close)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return func(method, path, body string, headers ...string) (int, string) {
		h.t.Helper()
		req, err := http.NewRequestWithContext(h.t.Context(), method, server.URL+path, strings.NewReader(body))
		if err != nil {
			h.t.Fatal(err)
		}
		for i := 0; i+1 < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		resp, err := client.Do(req)
		if err != nil {
			h.t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			h.t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
}
