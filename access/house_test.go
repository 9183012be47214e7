package access

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/templates"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const goodPassword = "a thread to follow"

// house is the feature over an empty database, with a clock to move.
type house struct {
	*Service
	wall *clock.Manual
}

// eachHouse runs a test on both databases.
func eachHouse(t *testing.T, test func(t *testing.T, h house)) {
	testkit.Databases(t, func(t *testing.T, d testkit.Database) { test(t, newHouse(t, d, "http://127.0.0.1")) })
}

func newHouse(t *testing.T, at testkit.Database, publicURL string) house {
	t.Helper()
	d := tables.Open(t, at)
	wall := clock.NewManual(time.Now())
	return house{New(d, wall, slog.New(slog.DiscardHandler), publicURL), wall}
}

func lite(t *testing.T) testkit.Database {
	return testkit.Database{Name: "sqlite", Dir: t.TempDir()}
}

func (h house) user(t *testing.T, email string) *User {
	t.Helper()
	u, err := h.CreateUser(context.Background(), email, goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// site serves the feature's routes, and one page for staff, over real HTTP.
type site struct {
	house
	*httptest.Server
}

func newSite(t *testing.T, publicURL string) site {
	t.Helper()
	h := newHouse(t, lite(t), publicURL)
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	kit := &web.Kit{Templates: set, Clock: h.wall, PublicURL: publicURL, Zone: time.UTC, Language: i18n.English}
	mux := web.NewMux(kit, h, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	mux.Mount(h.Routes(kit)...)
	mux.Mount(web.Route{Pattern: "GET /who.json", Access: web.Staff, Scope: "who:read", Handle: func(w http.ResponseWriter, r *http.Request) error {
		return web.JSON(w, http.StatusOK, web.Who(r))
	}})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return site{h, server}
}

// browser is a person's: it keeps cookies and follows no redirect by itself.
func (s site) browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// answer is what came back: status, where to, and the text.
type answer struct {
	status   int
	location string
	text     string
	cookies  []*http.Cookie
}

func (s site) get(t *testing.T, c *http.Client, path string, headers ...string) answer {
	t.Helper()
	return s.do(t, c, http.MethodGet, path, "", headers...)
}

func (s site) post(t *testing.T, c *http.Client, path string, form url.Values) answer {
	t.Helper()
	return s.do(t, c, http.MethodPost, path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

func (s site) do(t *testing.T, c *http.Client, method, path, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var text strings.Builder
	if err := resp.Write(&text); err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header.Get("Location"), text.String(), resp.Cookies()}
}

func (s site) signedIn(t *testing.T, c *http.Client) bool {
	t.Helper()
	return s.get(t, c, "/who.json").status == http.StatusOK
}

// token is the secret at the end of a one-time link.
func token(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("token")
}
