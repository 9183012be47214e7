package simulate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/cmd/sarnakh/simulate"
	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/web"
)

var start = time.Date(2026, 10, 10, 4, 30, 0, 0, time.UTC)

const key = "the-shops-key"

// program is a stand-in for the real one: it keeps in memory what it is told and
// sends each new lead a letter, and a gift nine days later.
type program struct {
	t      *testing.T
	server *httptest.Server
	clock  *clock.Manual

	// Faults.
	forgetful bool   // shows a returning visitor another version
	break500  string // a path that fails
	formless  bool   // shows no form

	mu       sync.Mutex
	last     time.Time
	visitors map[string][]string // cookie to the versions shown
	langs    map[string]int
	sources  map[string]int
	once     map[string]int // number of a shown form to how often it was sent
	refused  map[string]bool
	leads    map[string]*lead // by e-mail
	sent     map[string]int   // by version
	mails    []mail
	due      []mail
	opened   map[string]int
	clicked  map[string]int
	left     map[string]bool
	redeemed map[string]string
	conflict int
	settled  int
}

type lead struct {
	first, cups string
	times       int
	consents    bool
}

type mail struct {
	ID          int64     `json:"id"`
	To          string    `json:"to"`
	Links       []link    `json:"links"`
	Images      []string  `json:"images"`
	Unsubscribe string    `json:"unsubscribe"`
	Subject     string    `json:"subject"`
	at          time.Time // when it is due
}

type link struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

func newProgram(t *testing.T) *program {
	p := &program{
		t: t, clock: clock.NewManual(start), visitors: map[string][]string{}, langs: map[string]int{}, sources: map[string]int{},
		once: map[string]int{}, refused: map[string]bool{}, leads: map[string]*lead{}, sent: map[string]int{},
		opened: map[string]int{}, clicked: map[string]int{}, left: map[string]bool{}, redeemed: map[string]string{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /p/guide", p.show)
	mux.HandleFunc("POST /p/guide", p.receive)
	mux.HandleFunc("GET /f/guide/thanks", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<h1>Thanks</h1>") })
	mux.HandleFunc("GET /dev/mailbox.json", p.mailbox)
	mux.HandleFunc("GET /t/o/{id}", p.open)
	mux.HandleFunc("GET /t/c/{id}", p.click)
	mux.HandleFunc("POST /t/u/{id}", p.unsubscribe)
	mux.HandleFunc("GET /o/{code}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<h1>Your gift</h1>") })
	mux.HandleFunc("POST /api/v1/offers/redeem", p.redeem)
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if now := p.clock.Now(); now.Before(p.last) {
			t.Errorf("the clock went back from %s to %s", p.last, now)
		} else {
			p.last = now
		}
		if r.Header.Get("Authorization") == "" && web.IsBot(r) {
			t.Errorf("%s %s by %q", r.Method, r.URL, r.UserAgent())
		}
		if p.break500 != "" && strings.HasPrefix(r.URL.Path, p.break500) {
			http.Error(w, "something broke", http.StatusInternalServerError)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.server.Close)
	return p
}

func (p *program) world() simulate.World {
	return simulate.World{
		BaseURL: p.server.URL, Page: "guide", Key: key, Clock: p.clock,
		Settle: func(context.Context) error {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.settled++
			for len(p.due) > 0 && !p.due[0].at.After(p.clock.Now()) {
				p.deliver(p.due[0])
				p.due = p.due[1:]
			}
			return nil
		},
		NextDue: func(context.Context) (time.Time, bool, error) {
			p.mu.Lock()
			defer p.mu.Unlock()
			if len(p.due) == 0 {
				return time.Time{}, false, nil
			}
			return p.due[0].at, true, nil
		},
	}
}

func (p *program) deliver(m mail) {
	if !p.left[m.To] {
		m.ID = int64(len(p.mails) + 1)
		p.mails = append(p.mails, m)
	}
}

func (p *program) write(to, subject, target string, at time.Time) {
	id := fmt.Sprintf("%s-%d", subject, len(p.leads))
	p.due = append(p.due, mail{
		To: to, Subject: subject, at: at, Unsubscribe: p.server.URL + "/t/u/" + to,
		Links:  []link{{p.server.URL + "/t/c/" + id + "?u=" + target, "Look"}, {p.server.URL + "/t/u/" + to, "Stop"}, {"https://nakh.example/", "Site"}},
		Images: []string{p.server.URL + "/t/o/" + id, "https://cdn.example.com/beans.jpg"},
	})
	// Kept in the order of their time.
	for i := len(p.due) - 1; i > 0 && p.due[i].at.Before(p.due[i-1].at); i-- {
		p.due[i], p.due[i-1] = p.due[i-1], p.due[i]
	}
}

func (p *program) show(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p.sources[q.Get("utm_source")]++
	switch {
	case q.Get("lang") != "":
		p.langs[q.Get("lang")]++
	default:
		p.langs[r.Header.Get("Accept-Language")[:2]]++
	}
	id, version := "", ""
	if c, err := r.Cookie("visitor"); err == nil {
		id = c.Value
		version = p.visitors[id][0]
		if p.forgetful {
			version = map[string]string{"a": "b", "b": "a"}[version]
		}
	} else {
		id, version = strconv.Itoa(len(p.visitors)), []string{"a", "b"}[len(p.visitors)%2]
		http.SetCookie(w, &http.Cookie{Name: "visitor", Value: id, Path: "/", MaxAge: 999})
	}
	p.visitors[id] = append(p.visitors[id], version)
	p.page(w, version, strconv.Itoa(len(p.once)), r.URL.Query().Get("utm_source"), map[string]string{})
	p.once[strconv.Itoa(len(p.once))] = 0
}

func (p *program) page(w http.ResponseWriter, version, once, source string, bad map[string]string) {
	wrong := func(name string) string {
		if bad[name] == "" {
			return ""
		}
		return ` aria-invalid="true"`
	}
	fmt.Fprintf(w, "<!doctype html><title>x</title><form action=/search><input name=q></form><h1>%s</h1>",
		map[string]string{"a": "Good <b>coffee</b>", "b": "Coffee in ۴ minutes"}[version])
	if version == "b" {
		fmt.Fprint(w, "<blockquote>I love it</blockquote>")
	}
	if p.formless {
		return
	}
	fmt.Fprintf(w, `<form method=post action="/p/guide?lang=fa#form"><input type=hidden name=_once value="%s">
		<input type=hidden name=utm_source value="%s"><input name=email type=email required value="%s"%s>
		<input name=first_name required><input name=_website tabindex=-1><input name=note>
		<select name=brew required><option value=""></option><option value=moka>Moka</option><option value=jezve>Jezve</option></select>
		<input name=cups inputmode=decimal required%s value="%s"><input type=checkbox name=_consent value=1><button>Send</button></form>`,
		once, source, html.EscapeString(bad["email"]), wrong("email"), wrong("cups"), html.EscapeString(bad["cups"]))
}

func (p *program) receive(w http.ResponseWriter, r *http.Request) {
	once, email, cups := r.FormValue("_once"), r.FormValue("email"), r.FormValue("cups")
	c, err := r.Cookie("visitor")
	if err != nil || r.FormValue("_website") != "" || r.FormValue("brew") == "" || r.FormValue("first_name") == "" || r.FormValue("note") != "" || r.URL.Query().Get("lang") != "fa" {
		p.t.Errorf("sent %v, %v", r.Form, err)
		return
	}
	bad := map[string]string{}
	if !strings.Contains(email[strings.IndexByte(email, '@'):], ".") {
		bad["email"] = email
	}
	if !strings.ContainsAny(cups, "123456۱۲۳۴۵۶") {
		bad["cups"] = cups
	}
	if len(bad) > 0 {
		p.refused[c.Value] = true
		w.WriteHeader(http.StatusUnprocessableEntity)
		p.page(w, p.visitors[c.Value][0], once, r.FormValue("utm_source"), bad)
		return
	}
	p.once[once]++
	if l := p.leads[email]; l != nil {
		l.times++
	} else {
		p.leads[email] = &lead{r.FormValue("first_name"), cups, 1, r.FormValue("_consent") == "1"}
		p.sent[p.visitors[c.Value][0]]++
		delete(p.refused, c.Value)
		if r.FormValue("_consent") == "1" {
			now := p.clock.Now()
			p.write(email, "guide", "https://nakh.example/guide", now)
			p.write(email, "gift", p.server.URL+"/o/NAKH-"+strconv.Itoa(len(p.leads)), now.AddDate(0, 0, 9))
		}
	}
	http.Redirect(w, r, "/f/guide/thanks?lang=fa", http.StatusSeeOther)
}

func (p *program) mailbox(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+key {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	after, _ := strconv.Atoi(r.FormValue("after"))
	limit, _ := strconv.Atoi(r.FormValue("limit"))
	_ = json.NewEncoder(w).Encode(p.mails[after:min(after+limit, len(p.mails))])
}

func (p *program) open(_ http.ResponseWriter, r *http.Request) { p.opened[r.PathValue("id")]++ }

func (p *program) click(w http.ResponseWriter, r *http.Request) {
	p.clicked[r.PathValue("id")]++
	http.Redirect(w, r, r.FormValue("u"), http.StatusFound)
}

func (p *program) unsubscribe(_ http.ResponseWriter, r *http.Request) {
	if r.FormValue("List-Unsubscribe") != "One-Click" {
		p.t.Error("not by one click")
	}
	p.left[r.PathValue("id")] = true
}

func (p *program) redeem(w http.ResponseWriter, r *http.Request) {
	var o struct {
		Code    string  `json:"code"`
		OrderID string  `json:"order_id"`
		Value   float64 `json:"value"`
	}
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil || r.Header.Get("Authorization") != "Bearer "+key || o.Value <= 0 || o.OrderID == "" {
		p.t.Errorf("the till sent %+v, %v", o, err)
	}
	if before, twice := p.redeemed[o.Code]; twice && before != o.OrderID {
		p.conflict++
		w.WriteHeader(http.StatusConflict)
		return
	}
	p.redeemed[o.Code] = o.OrderID
	fmt.Fprint(w, "{}")
}
