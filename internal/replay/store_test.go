package replay

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/secure"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/templates"
)

func TestMain(m *testing.M) { testkit.Main(m) }

type house struct {
	*Store
	wall *clock.Manual
}

func eachHouse(t *testing.T, test func(t *testing.T, h house)) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) {
		d := tables.Open(t, at)
		wall := clock.NewManual(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
		test(t, house{New(d, wall, secure.NewSigner([]byte("a secret of sixteen"))), wall})
	})
}

func (h house) rows(t *testing.T) []call {
	t.Helper()
	var rows []call
	if err := h.db.Read().NewSelect().Model(&rows).Order("id").Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	return rows
}

func hash(text string) [sha256.Size]byte { return sha256.Sum256([]byte(text)) }

// begins claims a call and expects to have to do it.
func (h house) begins(t *testing.T, name, body string) (lease string) {
	t.Helper()
	lease, before, err := h.Begin(t.Context(), name, hash(body))
	if err != nil || before != nil || lease == "" {
		t.Fatalf("%s: lease %q, answered %v, %v", name, lease, before, err)
	}
	return lease
}

func TestACallRepeatedGetsTheAnswerItHad(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ctx := t.Context()
		answer := web.Kept{Status: 201, ContentType: "application/json", Location: "/x/7", Body: []byte(`{"key":"srk_secret"}`)}
		if err := h.Finish(ctx, "one", h.begins(t, "one", "body"), answer); err != nil {
			t.Fatal(err)
		}
		_, before, err := h.Begin(ctx, "one", hash("body"))
		if err != nil || before == nil || fmt.Sprint(*before) != fmt.Sprint(answer) {
			t.Errorf("answered %v, %v", before, err)
		}
		if _, _, err := h.Begin(ctx, "one", hash("another body")); !errors.Is(err, errs.Invalid) {
			t.Errorf("another body: %v", err)
		}
		lease := h.begins(t, "another call", "body")
		if err := h.Finish(ctx, "another call", lease, web.Kept{Status: 204, Body: []byte{}}); err != nil {
			t.Fatal(err)
		}
		if _, before, err := h.Begin(ctx, "another call", hash("body")); err != nil || before.Status != 204 || before.Body == nil {
			t.Errorf("an empty answer: %v, %v", before, err)
		}
		lease = h.begins(t, "long", "body")
		if err := h.Finish(ctx, "long", lease, web.Kept{Status: 200}); err != nil {
			t.Fatal(err)
		}
		if _, before, err := h.Begin(ctx, "long", hash("body")); err != nil || before.Status != 200 || before.Body != nil {
			t.Errorf("an answer that was too long: %v, %v", before, err)
		}
		for _, row := range h.rows(t) {
			if strings.Contains(string(row.Body), "srk_") || strings.Contains(row.Fingerprint, "one") {
				t.Errorf("whoever has the table reads %q %q", row.Fingerprint, row.Body)
			}
		}
		moved := New(h.db, h.wall, secure.NewSigner([]byte("another of sixteen")))
		if _, before, err := moved.Begin(ctx, "one", hash("body")); err != nil || before != nil {
			t.Errorf("under another secret the call is another: %v, %v", before, err)
		}
	})
}

func TestOfManyAtOnceOneDoesTheCall(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		for round := range 3 {
			if round == 2 { // the last round is about a call that was never finished
				h.begins(t, "call 2", "body")
				h.wall.Advance(leased)
			}
			var leases, waits atomic.Int32
			var all sync.WaitGroup
			for range 12 {
				all.Go(func() {
					switch lease, _, err := h.Begin(t.Context(), fmt.Sprint("call ", round), hash("body")); {
					case err == nil && lease != "":
						leases.Add(1)
					case errors.Is(err, errs.Conflict):
						waits.Add(1)
					default:
						t.Errorf("%q, %v", lease, err)
					}
				})
			}
			all.Wait()
			if leases.Load() != 1 || waits.Load() != 11 {
				t.Errorf("round %d: %d do it, %d wait", round, leases.Load(), waits.Load())
			}
		}
	})
}

func TestACallThatNeverEndedIsFreeAgain(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ctx := t.Context()
		dead := h.begins(t, "call", "body")
		h.wall.Advance(leased - time.Second)
		if _, _, err := h.Begin(ctx, "call", hash("body")); !errors.Is(err, errs.Conflict) {
			t.Errorf("while the lease holds: %v", err)
		}
		h.wall.Advance(time.Second)
		alive := h.begins(t, "call", "body")
		// The first was not dead but slow: what it says comes too late.
		if err := h.Finish(ctx, "call", dead, web.Kept{Status: 200, Body: []byte("late")}); err != nil {
			t.Fatal(err)
		}
		if err := h.Release(ctx, "call", dead); err != nil {
			t.Fatal(err)
		}
		if err := h.Finish(ctx, "call", alive, web.Kept{Status: 200, Body: []byte("in time")}); err != nil {
			t.Fatal(err)
		}
		if _, before, err := h.Begin(ctx, "call", hash("body")); err != nil || before == nil || string(before.Body) != "in time" {
			t.Errorf("answered %v, %v", before, err)
		}
	})
}

func TestARefusedCallMayBeRepairedAndADayLaterAllIsForgotten(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ctx := t.Context()
		if err := h.Release(ctx, "call", h.begins(t, "call", "wrong")); err != nil {
			t.Fatal(err)
		}
		if err := h.Finish(ctx, "call", h.begins(t, "call", "right"), web.Kept{Status: 200, Body: []byte("x")}); err != nil {
			t.Fatal(err)
		}
		h.wall.Advance(keptFor)
		if err := h.Finish(ctx, "call", h.begins(t, "call", "the next day"), web.Kept{Status: 200, Body: []byte("y")}); err != nil {
			t.Fatal(err)
		}
		if _, before, err := h.Begin(ctx, "call", hash("the next day")); err != nil || before == nil || string(before.Body) != "y" {
			t.Errorf("answered %v, %v", before, err)
		}
		if err := h.Sweep(ctx); err != nil || len(h.rows(t)) != 1 {
			t.Errorf("swept too early: %v", err)
		}
		h.wall.Advance(keptFor)
		if err := h.Sweep(ctx); err != nil || len(h.rows(t)) != 0 {
			t.Errorf("not swept: %v", err)
		}
	})
}

// till is an API with one call, that counts how often it was done.
type till struct {
	*web.Mux
	done atomic.Int32
	work func(w http.ResponseWriter, r *http.Request) error
}

type everybody struct{ id *int64 }

func (e everybody) Who(*http.Request) (web.Principal, error) {
	return web.Principal{Kind: "key", ID: *e.id, Scopes: web.Scopes{web.EveryScope}}, nil
}

func (h house) till(t *testing.T, who *int64) *till {
	t.Helper()
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	kit := &web.Kit{Templates: set, Clock: h.wall, Zone: time.UTC, Language: i18n.English}
	s := &till{Mux: web.NewMux(kit, everybody{who}, slog.New(slog.DiscardHandler), prometheus.NewRegistry())}
	s.work = func(w http.ResponseWriter, r *http.Request) error {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		w.Header().Set("Location", "/sales/1")
		return web.JSON(w, http.StatusCreated, map[string]string{"sold": string(body)})
	}
	s.Remember(h.Store)
	doc := &web.Operation{Summary: "Sell", Tag: "Sales"}
	handle := func(w http.ResponseWriter, r *http.Request) error {
		s.done.Add(1)
		return s.work(w, r)
	}
	s.Mount(
		web.Route{Pattern: "POST /api/v1/sales", Access: web.Staff, Scope: "sales:write", Doc: doc, Handle: handle},
		web.Route{Pattern: "POST /api/v1/refunds", Access: web.Staff, Scope: "sales:write", Doc: doc, Handle: handle},
		web.Route{Pattern: "POST /api/v1/upload", Access: web.Staff, Scope: "sales:write", Doc: doc, Handle: handle, MaxBody: 100 << 20},
		web.Route{Pattern: "GET /api/v1/sales", Access: web.Staff, Scope: "sales:read", Doc: doc, Handle: handle},
	)
	return s
}

func (s *till) ask(method, path, key, body string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(method, path, strings.NewReader(body))
	if key != "" {
		r.Header.Set(web.IdempotencyHeader, key)
	}
	s.ServeHTTP(w, r)
	return w
}

func TestTheAPIDoesARepeatedCallOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		who := int64(1)
		s := h.till(t, &who)
		first := s.ask("POST", "/api/v1/sales", "k1", "tea")
		again := s.ask("POST", "/api/v1/sales", "k1", "tea")
		if first.Code != 201 || again.Code != 201 || first.Body.String() != again.Body.String() || s.done.Load() != 1 {
			t.Errorf("first %d %s, again %d %s; done %d times", first.Code, first.Body, again.Code, again.Body, s.done.Load())
		}
		if first.Header().Get(web.ReplayedHeader) != "" || again.Header().Get(web.ReplayedHeader) != "true" ||
			again.Header().Get("Location") != "/sales/1" || again.Header().Get("Content-Type") != "application/json" {
			t.Errorf("first %v, again %v", first.Header(), again.Header())
		}
		if w := s.ask("POST", "/api/v1/sales", "k1", "coffee"); w.Code != 422 || !strings.Contains(w.Body.String(), `"Idempotency-Key":"This key was used`) {
			t.Errorf("another body: %d %s", w.Code, w.Body)
		}
		for _, c := range []struct{ method, path, key string }{
			{"POST", "/api/v1/sales", "k2"}, {"POST", "/api/v1/refunds", "k1"}, {"POST", "/api/v1/sales?lang=fa", "k1"},
			{"POST", "/api/v1/sales", ""}, {"POST", "/api/v1/sales", ""}, {"GET", "/api/v1/sales", "k1"}, {"GET", "/api/v1/sales", "k1"},
		} {
			before := s.done.Load()
			if w := s.ask(c.method, c.path, c.key, "tea"); w.Code != 201 || s.done.Load() != before+1 {
				t.Errorf("%v is another call: %d", c, w.Code)
			}
		}
		who = 2
		before := s.done.Load()
		if s.ask("POST", "/api/v1/sales", "k1", "tea"); s.done.Load() != before+1 {
			t.Error("somebody else's call was answered with mine")
		}
		for _, bad := range []string{strings.Repeat("k", 201), "a b", "é"} {
			if w := s.ask("POST", "/api/v1/sales", bad, "tea"); w.Code != 422 {
				t.Errorf("%.10q as a key: %d", bad, w.Code)
			}
		}
		if w := s.ask("POST", "/api/v1/upload", "k1", "tea"); w.Code != 422 || !strings.Contains(w.Body.String(), "does not take") {
			t.Errorf("an upload: %d %s", w.Code, w.Body)
		}
	})
}

func TestWhatWasRefusedOrBrokeIsTriedAgain(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		who := int64(1)
		s := h.till(t, &who)
		sell := s.work
		for name, work := range map[string]func(w http.ResponseWriter, r *http.Request) error{
			"refused": func(http.ResponseWriter, *http.Request) error { return errs.Fields{"a": "errors.required"} },
			"broken":  func(http.ResponseWriter, *http.Request) error { return errors.New("broken") },
			"panic":   func(http.ResponseWriter, *http.Request) error { panic("oh") },
			"half": func(w http.ResponseWriter, _ *http.Request) error {
				_, _ = w.Write([]byte("half an ans"))
				return errors.New("broken")
			},
		} {
			s.work = work
			if w := s.ask("POST", "/api/v1/sales", name, "tea"); w.Code < 400 || strings.Contains(w.Body.String(), "half") {
				t.Errorf("%s: %d %s", name, w.Code, w.Body)
			}
			s.work = sell
			if w := s.ask("POST", "/api/v1/sales", name, "more tea"); w.Code != 201 || w.Header().Get(web.ReplayedHeader) != "" {
				t.Errorf("%s, then put right: %d %s", name, w.Code, w.Body)
			}
		}
	})
}

func TestTwoAtOnceAndOneThatDiedInBetween(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		who := int64(1)
		s, other := h.till(t, &who), h.till(t, &who) // two servers
		working, goOn := make(chan struct{}), make(chan struct{})
		sell := s.work
		s.work = func(w http.ResponseWriter, r *http.Request) error {
			close(working)
			<-goOn
			return sell(w, r)
		}
		first := make(chan *httptest.ResponseRecorder)
		go func() { first <- s.ask("POST", "/api/v1/sales", "k", "tea") }()
		<-working
		if w := other.ask("POST", "/api/v1/sales", "k", "tea"); w.Code != 409 || w.Header().Get("Retry-After") != "1" || other.done.Load() != 0 {
			t.Errorf("while the first is being done: %d, retry after %q: %s", w.Code, w.Header().Get("Retry-After"), w.Body)
		}
		close(goOn)
		if w := <-first; w.Code != 201 {
			t.Errorf("the first: %d %s", w.Code, w.Body)
		}
		if w := other.ask("POST", "/api/v1/sales", "k", "tea"); w.Code != 201 || w.Header().Get(web.ReplayedHeader) != "true" || other.done.Load() != 0 {
			t.Errorf("afterwards: %d %s", w.Code, w.Body)
		}

		// A server dies at work: its call is done by the other when the lease has run out.
		stuck, died := make(chan struct{}), make(chan struct{})
		s.work = func(http.ResponseWriter, *http.Request) error {
			close(stuck)
			<-died
			return errors.New("died")
		}
		go func() { first <- s.ask("POST", "/api/v1/sales", "dying", "tea") }()
		<-stuck
		if w := other.ask("POST", "/api/v1/sales", "dying", "tea"); w.Code != 409 {
			t.Errorf("while the lease holds: %d", w.Code)
		}
		h.wall.Advance(leased)
		if w := other.ask("POST", "/api/v1/sales", "dying", "tea"); w.Code != 201 || w.Header().Get(web.ReplayedHeader) != "" {
			t.Errorf("when it has run out: %d %s", w.Code, w.Body)
		}
		close(died)
		<-first
		if w := other.ask("POST", "/api/v1/sales", "dying", "tea"); w.Code != 201 || w.Header().Get(web.ReplayedHeader) != "true" {
			t.Errorf("the late end of the first spoilt the answer: %d %s", w.Code, w.Body)
		}
	})
}

func TestALongAnswerIsGivenOnceAndTheCallDoneOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		who := int64(1)
		s := h.till(t, &who)
		long := strings.Repeat("tea ", 50_000)
		s.work = func(w http.ResponseWriter, _ *http.Request) error { return web.JSON(w, 200, long) }
		if w := s.ask("POST", "/api/v1/sales", "k", ""); w.Code != 200 || w.Body.Len() != len(long)+3 || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("the first: %d, %d bytes", w.Code, w.Body.Len())
		}
		w := s.ask("POST", "/api/v1/sales", "k", "")
		if w.Code != 409 || !strings.Contains(w.Body.String(), "was done and answered 200") || s.done.Load() != 1 {
			t.Errorf("again: %d %s; done %d times", w.Code, w.Body, s.done.Load())
		}
	})
}

func TestACallGoesOnWhenItsCallerHasLeft(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		who := int64(1)
		s := h.till(t, &who)
		sell := s.work
		ctx, leave := context.WithCancel(t.Context())
		s.work = func(w http.ResponseWriter, r *http.Request) error {
			leave()
			if err := r.Context().Err(); err != nil {
				return err
			}
			return sell(w, r)
		}
		w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "POST", "/api/v1/sales", strings.NewReader("tea"))
		r.Header.Set(web.IdempotencyHeader, "k")
		s.ServeHTTP(w, r)
		if w := s.ask("POST", "/api/v1/sales", "k", "tea"); w.Code != 201 || w.Header().Get(web.ReplayedHeader) != "true" || s.done.Load() != 1 {
			t.Errorf("%d %s; done %d times", w.Code, w.Body, s.done.Load())
		}
	})
}
