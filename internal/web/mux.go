package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"crypto/rand"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sarnakh/sarnakh/internal/errs"
)

const defaultMaxBody = 256 << 10

// statusGone stands in log and metrics for a visitor who left before the answer.
const statusGone = 499

// Mux answers requests by the routes mounted on it.
type Mux struct {
	kit     *Kit
	guard   Guard
	log     *slog.Logger
	mux     *http.ServeMux
	origin  *http.CrossOriginProtection
	routes  []Route
	limits  *keyLimits
	replays Replays
	seconds *prometheus.HistogramVec
	prefix  string
	count   atomic.Uint64
}

// NewMux returns an empty Mux. Its request durations are registered with reg.
func NewMux(kit *Kit, guard Guard, log *slog.Logger, reg prometheus.Registerer) *Mux {
	m := &Mux{
		kit: kit, guard: guard, log: log, mux: http.NewServeMux(),
		origin: http.NewCrossOriginProtection(),
		prefix: rand.Text()[:8],
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sarnakh_http_request_seconds", Help: "Time to answer a request, by route and status.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5},
		}, []string{"route", "status"}),
	}
	reg.MustRegister(m.seconds)
	return m
}

// LimitKeys lets each API key ask so many times a second, and twice as many at once
// after a quiet second; 0 lifts the limit. Call it before the first request.
func (m *Mux) LimitKeys(perSecond int) {
	m.limits = nil
	if perSecond > 0 {
		m.limits = newKeyLimits(perSecond)
	}
}

// Mount adds routes. A route without Access or Handle, or a call of the API without
// scope or description, panics: that is a mistake in the program.
func (m *Mux) Mount(routes ...Route) {
	for _, route := range routes {
		if flaw := route.flaw(); flaw != "" {
			panic("web: route " + route.Pattern + " " + flaw)
		}
		m.routes = append(m.routes, route)
		m.mux.Handle(route.Pattern, m.handler(route))
	}
}

// Routes lists what is mounted, in order.
func (m *Mux) Routes() []Route { return m.routes }

// ServeHTTP dresses every answer with the headers that all share and catches what
// no route takes.
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	_, pattern := m.mux.Handler(r)
	if pattern == "" || !readable(r.URL.Path) {
		m.handler(Route{Access: Visitors, Handle: m.noRoute}).ServeHTTP(w, r)
		return
	}
	m.mux.ServeHTTP(w, r)
}

// methods are those that a route may have.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// readable says whether a text that came in is one: PostgreSQL takes neither a NUL nor
// what is not UTF-8, and neither stands in any name of ours.
func readable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}

// checkText refuses parameters of the query that are no text. Visitors are not asked:
// a link to a page may be as broken as it likes.
func checkText(r *http.Request) error {
	if !strings.Contains(r.URL.RawQuery, "%") && readable(r.URL.RawQuery) {
		return nil
	}
	bad := errs.Fields{}
	for name, values := range r.URL.Query() {
		switch {
		case !readable(name):
			bad["query"] = "errors.characters"
		case slices.ContainsFunc(values, func(v string) bool { return !readable(v) }):
			bad[name] = "errors.characters"
		}
	}
	return bad.OrNil()
}

// noRoute answers what no route takes: with 405 where another method is served.
func (m *Mux) noRoute(w http.ResponseWriter, r *http.Request) error {
	if !readable(r.URL.Path) {
		return fmt.Errorf("page with a name that is no text: %w", errs.NotFound)
	}
	var served []string
	for _, method := range methods {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := m.mux.Handler(other); pattern != "" {
			served = append(served, method)
		}
	}
	if len(served) == 0 {
		return fmt.Errorf("page %s: %w", r.URL.Path, errs.NotFound)
	}
	w.Header().Set("Allow", strings.Join(served, ", "))
	return fmt.Errorf("%s is served by %s, not by %s: %w", r.URL.Path, strings.Join(served, " and "), r.Method, errMethod)
}

func (m *Mux) handler(route Route) http.Handler {
	limit := route.MaxBody
	if limit == 0 {
		limit = defaultMaxBody
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		start := time.Now()
		info := &request{id: fmt.Sprintf("%s-%d", m.prefix, m.count.Add(1)), guard: m.guard, pattern: route.Pattern}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, info))
		w := &statusWriter{ResponseWriter: rw}
		w.Header().Set("X-Request-Id", info.id)
		if r.Body != nil {
			r.Body = http.MaxBytesReader(w, r.Body, limit)
		}
		err := m.answer(w, r, route, info)
		if err != nil {
			switch gone := r.Context().Err() != nil && errors.Is(err, context.Canceled); {
			case gone:
				w.status = statusGone
			case w.status != 0:
				m.log.Error("failed after the answer had begun", "request", info.id, "route", route.Pattern, "error", err)
			default:
				m.kit.serveError(w, r, err)
			}
		}
		if w.status == 0 {
			w.status = http.StatusOK
		}
		m.seconds.WithLabelValues(route.Pattern, statusClass(w.status)).Observe(time.Since(start).Seconds())
		m.logAnswer(r, info, w.status, time.Since(start), err)
	})
}

// answer checks who asks and from where, and runs the handler; a panic becomes an
// error, so that one bad page does not take the process down.
func (m *Mux) answer(w http.ResponseWriter, r *http.Request, route Route, info *request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if !route.CrossOrigin {
		if err := m.origin.Check(r); err != nil {
			return fmt.Errorf("a form of another site cannot be sent here: %w", errs.Forbidden)
		}
	}
	if route.Access == Staff {
		// Workspace pages are not for frames of other sites, nor for caches.
		w.Header().Set("X-Frame-Options", "DENY")
		w.Header().Set("Cache-Control", "no-store")
		if info.who, err = m.guard.Who(r); err != nil {
			return err
		}
		if err := m.limits.take(info.who); err != nil {
			return err
		}
		if err := info.who.Need(route.Scope); err != nil {
			return err
		}
		if err := checkText(r); err != nil {
			return err
		}
	}
	if route.Doc != nil && strings.HasPrefix(r.URL.Path, "/api/v1/") {
		if err := route.Doc.checkQuery(r); err != nil {
			return err
		}
	}
	return m.once(w, r, route, info.who)
}

func (m *Mux) logAnswer(r *http.Request, info *request, status int, took time.Duration, err error) {
	level := slog.LevelDebug
	switch {
	case status >= 500:
		level = slog.LevelError
	case status >= 400 && !errors.Is(err, errs.Unauthorized):
		level = slog.LevelInfo
	}
	if !m.log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("request", info.id), slog.String("method", r.Method), slog.String("route", info.pattern),
		slog.Int("status", status), slog.Duration("took", took),
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	m.log.LogAttrs(r.Context(), level, "http", attrs...)
}

func statusClass(status int) string {
	return [...]string{"?", "1xx", "2xx", "3xx", "4xx", "5xx"}[status/100]
}

// statusWriter remembers the status for the log and the metrics.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the status.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write begins the answer with 200 when no status was set.
func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
