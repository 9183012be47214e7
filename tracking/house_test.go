package tracking

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/templates"
	"github.com/sarnakh/sarnakh/workers"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// house is the tracking with everything below it, over one database, and a source.
type house struct {
	*Service
	t      testing.TB
	db     *db.DB
	clock  *clock.Manual
	leads  *leads.Service
	source *Source
	url    string
}

// eachHouse runs the test on both databases.
func eachHouse(t *testing.T, test func(t *testing.T, h *house)) {
	testkit.Databases(t, func(t *testing.T, d testkit.Database) { test(t, newHouse(t, d)) })
}

// lite is a house over SQLite, for what no database has a say in.
func lite(t testing.TB) *house {
	return newHouse(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
}

type staff struct{}

func (staff) Who(*http.Request) (web.Principal, error) {
	return web.Principal{Kind: "account", ID: 1, Name: "sara@example.com"}, nil
}

func newHouse(t testing.TB, base testkit.Database) *house {
	t.Helper()
	ctx := context.Background()
	d := tables.Open(t, base)
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, db: d, clock: clock.NewManual(noon)}
	log := slog.New(slog.DiscardHandler)
	h.leads = leads.New(d, h.clock, workers.NewQueue(d, h.clock, log))
	h.Service = New(d, h.clock, log, h.leads)
	t.Cleanup(func() {
		if err := h.recent.write(context.Background()); err != nil {
			t.Errorf("the last messages: %v", err)
		}
	})
	kit := &web.Kit{Templates: set, Clock: h.clock, Zone: time.UTC, Language: i18n.English}
	mux := web.NewMux(kit, staff{}, log, prometheus.NewRegistry())
	mux.Mount(h.Routes(kit)...)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	h.url, kit.PublicURL = server.URL, server.URL
	if h.source, err = h.Create(ctx, Source{Name: "Web site"}, "test"); err != nil {
		t.Fatal(err)
	}
	return h
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	text   string
}

// json reads the answer into v.
func (r reply) json(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.text), v); err != nil {
		t.Fatalf("%d %s: %v", r.status, r.text, err)
	}
}

// ask sends a request; headers are pairs.
func (h *house) ask(method, path string, body []byte, headers ...string) reply {
	h.t.Helper()
	r, err := http.NewRequest(method, h.url+path, bytes.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(text)}
}

// call sends a body to an address of the protocol, with the source's write key. Single
// quotes stand for double ones.
func (h *house) call(path, body string, headers ...string) reply {
	h.t.Helper()
	r, _ := http.NewRequest("POST", "/", nil)
	r.SetBasicAuth(h.source.WriteKey, "")
	headers = append([]string{"Authorization", r.Header.Get("Authorization"), "Content-Type", "application/json"}, headers...)
	return h.ask("POST", "/v1/"+path, []byte(strings.ReplaceAll(body, "'", `"`)), headers...)
}

// ok sends a body that must be taken.
func (h *house) ok(path, body string) {
	h.t.Helper()
	if r := h.call(path, body); r.status != http.StatusOK || strings.TrimSpace(r.text) != `{"success":true}` {
		h.t.Fatalf("%s %s: %d %s", path, body, r.status, r.text)
	}
}

// lead is the one with the external id or e-mail.
func (h *house) lead(known string) *leads.Lead {
	h.t.Helper()
	var found []*leads.Lead
	if err := h.db.Read().NewSelect().Model(&found).Where("external_id = ? OR email_norm = ?", known, known).Scan(h.t.Context()); err != nil || len(found) != 1 {
		h.t.Fatalf("lead %s: %d found (%v)", known, len(found), err)
	}
	return found[0]
}

// events is a lead's timeline, the oldest first; of lead 0 what nobody is known for.
func (h *house) events(lead int64) []*leads.Event {
	h.t.Helper()
	var found []*leads.Event
	q := h.db.Read().NewSelect().Model(&found).Order("occurred_at", "id")
	if lead == 0 {
		q = q.Where("lead_id IS NULL")
	} else {
		q = q.Where("lead_id = ?", lead)
	}
	if err := q.Scan(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	return found
}

// names are those of a lead's events.
func (h *house) names(lead int64) string {
	h.t.Helper()
	var names []string
	for _, e := range h.events(lead) {
		names = append(names, e.Name)
	}
	return strings.Join(names, ", ")
}

func (h *house) count(table string) (n int) {
	h.t.Helper()
	if err := h.db.SQL().QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}
