package mailbox_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/mail"
	"github.com/sarnakh/sarnakh/internal/mailbox"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/templates"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var start = time.Date(2026, 3, 21, 8, 30, 0, 0, time.UTC)

type rig struct {
	box  *mailbox.Mailbox
	send *mail.Transport
	mux  http.Handler
}

// staff is a Guard that knows everybody who says so.
type staff struct{}

func (staff) Who(r *http.Request) (web.Principal, error) {
	if r.Header.Get("Authorization") == "" {
		return web.Principal{}, errs.Unauthorized
	}
	return web.Principal{Kind: "account", ID: 1, Name: "sara@shop.example"}, nil
}

func newRig(t *testing.T, database testkit.Database) *rig {
	t.Helper()
	d := tables.Open(t, database)
	c := clock.NewManual(start)
	log := slog.New(slog.DiscardHandler)
	box := mailbox.New(d, c, log)
	if err := box.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	send, err := mail.NewTransport(box.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(send.Close)
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	kit := &web.Kit{Templates: set, Clock: c, PublicURL: "http://127.0.0.1", Zone: time.UTC, Language: i18n.English, DevMailbox: true}
	mux := web.NewMux(kit, staff{}, log, prometheus.NewRegistry())
	mux.Mount(box.Routes(kit)...)
	return &rig{box, send, mux}
}

func (r *rig) get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	q := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	q.Header.Set("Authorization", "me")
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, q)
	return w
}

func (r *rig) deliver(t *testing.T, to string) {
	t.Helper()
	receipt := r.send.Send(t.Context(), &mail.Message{
		ID: "1@shop.example", From: mail.Address{Name: "خانهٔ قهوه", Email: "hello@shop.example"}, To: mail.Address{Email: to},
		Subject: "سلام " + to, Date: start.Add(-time.Hour), Unsubscribe: "https://shop.example/t/u/1",
		Text: "سلام\nخوش آمدید\n\nSee you",
		HTML: `<html><head><title>x</title></head><body><p>سلام</p><a href="https://shop.example/a?x=1&amp;y=2">همین <b>حالا</b></a>` +
			`<a href="https://shop.example/a?x=1&amp;y=2">again</a><a href="mailto:us@shop.example"><img src="https://shop.example/t/o/1" alt="us"></a><script>alert(1)</script></body></html>`,
	})
	if receipt.Outcome != mail.Sent {
		t.Fatalf("%v: %s", receipt.Outcome, receipt.Reply)
	}
}

func TestAnsweredMailIsThereToRead(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, database testkit.Database) {
		r := newRig(t, database)
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() { r.deliver(t, fmt.Sprintf("P%d@Example.com", i)) })
		}
		wg.Wait()

		var all []struct {
			ID                            int64
			To, From, Subject, Text, HTML string
			FromName                      string    `json:"from_name"`
			SentAt                        time.Time `json:"sent_at"`
			Unsubscribe                   string
			Links                         []mailbox.Link
			Images                        []string
		}
		w := r.get(t, "/dev/mailbox.json?limit=7")
		if err := json.Unmarshal(w.Body.Bytes(), &all); err != nil || w.Code != 200 || len(all) != 7 {
			t.Fatalf("%d %v, %d messages: %s", w.Code, err, len(all), w.Body)
		}
		for i := 1; i < len(all); i++ {
			if all[i].ID >= all[i-1].ID {
				t.Fatal("not the newest first")
			}
		}
		before := all[6].ID
		if err := json.Unmarshal(r.get(t, fmt.Sprintf("/dev/mailbox.json?before=%d", before)).Body.Bytes(), &all); err != nil || len(all) != 13 || all[0].ID >= before {
			t.Fatalf("%v, %d messages before %d", err, len(all), before)
		}
		if err := json.Unmarshal(r.get(t, "/dev/mailbox.json?to=p3@EXAMPLE.com").Body.Bytes(), &all); err != nil || len(all) != 1 {
			t.Fatalf("%v, %d messages", err, len(all))
		}
		m := all[0]
		if m.To != "p3@example.com" || m.From != "hello@shop.example" || m.FromName != "خانهٔ قهوه" || m.Subject != "سلام P3@Example.com" ||
			!m.SentAt.Equal(start.Add(-time.Hour)) || m.Unsubscribe != "https://shop.example/t/u/1" || !strings.HasPrefix(m.Text, "سلام") || !strings.Contains(m.HTML, "<b>حالا</b>") {
			t.Errorf("%+v", m)
		}
		if len(m.Links) != 2 || m.Links[0] != (mailbox.Link{Href: "https://shop.example/a?x=1&y=2", Text: "همین حالا"}) || m.Links[1].Text != "us" {
			t.Errorf("links %+v", m.Links)
		}
		if len(m.Images) != 1 || m.Images[0] != "https://shop.example/t/o/1" {
			t.Errorf("images %v", m.Images)
		}
		if w := r.get(t, fmt.Sprintf("/dev/mailbox.json?after=%d", before)); !strings.Contains(w.Body.String(), fmt.Sprintf(`[{"id":%d`, before+1)) {
			t.Errorf("after %d: %.60s", before, w.Body)
		}
		if w := r.get(t, "/dev/mailbox.json?after=0&limit=1"); !strings.Contains(w.Body.String(), `[{"id":1,`) {
			t.Errorf("from the first on: %.60s", w.Body)
		}
	})
}

func TestMailboxPagesShowTheMessage(t *testing.T) {
	r := newRig(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	if w := r.get(t, "/dev/mailbox"); w.Code != 200 || !strings.Contains(w.Body.String(), "No mail yet") {
		t.Errorf("empty: %d %s", w.Code, w.Body)
	}
	r.deliver(t, "mina@example.com")
	for path, texts := range map[string][]string{
		"/dev/mailbox":                        {"سلام mina@example.com", "/dev/mailbox/1"},
		"/dev/mailbox?lang=fa":                {"صندوق ایمیل"},
		"/dev/mailbox?to=nobody@example.com":  {"Nothing was sent to"},
		"/dev/mailbox/1":                      {`src="/dev/mailbox/1/html"`, "sandbox=", "Show pictures", "خانهٔ قهوه"},
		"/dev/mailbox/1?images=1":             {`src="/dev/mailbox/1/html?images=1"`},
		"/dev/mailbox/1?view=text":            {"خوش آمدید", `<p dir="rtl">`, `<p dir="ltr">See you`},
		"/dev/mailbox/1?view=headers":         {"List-Unsubscribe-Post", "سلام mina@example.com"},
		"/dev/mailbox/1?view=source":          {"multipart/alternative"},
		"/dev/mailbox/1?view=source&lang=fa":  {"کد ایمیل"},
		"/dev/mailbox/1?view=headers&lang=fa": {"سرایندها"},
	} {
		w := r.get(t, path)
		for _, text := range texts {
			if w.Code != 200 || !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s: %d without %q", path, w.Code, text)
			}
		}
		if strings.Contains(w.Body.String(), "⟦") {
			t.Errorf("%s: a message is missing", path)
		}
	}
	if w := r.get(t, "/dev/mailbox/99"); w.Code != 404 {
		t.Errorf("unknown message: %d", w.Code)
	}
}

func TestMailCannotRunScriptsOnOurPages(t *testing.T) {
	r := newRig(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	r.deliver(t, "mina@example.com")
	w := r.get(t, "/dev/mailbox/1/html")
	csp := w.Header().Get("Content-Security-Policy")
	if !strings.Contains(csp, "sandbox") || strings.Contains(csp, "allow-scripts") || strings.Contains(csp, "allow-same-origin") || !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "https:") {
		t.Errorf("policy: %s", csp)
	}
	if w.Header().Get("X-Frame-Options") != "SAMEORIGIN" {
		t.Error("our own frame may not show it")
	}
	if !strings.Contains(w.Body.String(), `<head><base target="_blank"><title>`) {
		t.Errorf("%s", w.Body)
	}
	if csp := r.get(t, "/dev/mailbox/1/html?images=1").Header().Get("Content-Security-Policy"); !strings.Contains(csp, "img-src data: http: https:") {
		t.Errorf("policy with pictures: %s", csp)
	}
	q := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/dev/mailbox/1/html", nil)
	w = httptest.NewRecorder()
	if r.mux.ServeHTTP(w, q); w.Code == 200 {
		t.Error("a stranger reads the mail")
	}
}

func TestClearedMailboxIsEmpty(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, database testkit.Database) {
		r := newRig(t, database)
		r.deliver(t, "mina@example.com")
		q := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/dev/mailbox/clear", nil)
		q.Header.Set("Authorization", "me")
		w := httptest.NewRecorder()
		if r.mux.ServeHTTP(w, q); w.Code != http.StatusSeeOther {
			t.Fatal(w.Code)
		}
		if found, _, err := r.box.List(t.Context(), mailbox.ListOptions{Limit: 10}); err != nil || len(found) != 0 {
			t.Errorf("%d messages, %v", len(found), err)
		}
	})
}

func TestMailThatNobodyCanReadIsKeptAllTheSame(t *testing.T) {
	r := newRig(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	sendRaw(t, r.box.URL(), "no headers here\x00\xff\r\n")
	found, _, err := r.box.List(t.Context(), mailbox.ListOptions{Limit: 10})
	if err != nil || len(found) != 1 {
		t.Fatalf("%d messages, %v", len(found), err)
	}
	for _, path := range []string{"/dev/mailbox", "/dev/mailbox/1", "/dev/mailbox/1?view=source", "/dev/mailbox/1?view=headers", "/dev/mailbox.json"} {
		if w := r.get(t, path); w.Code != 200 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
