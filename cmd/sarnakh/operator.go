package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/workers"
)

// operatorRoutes are for whoever runs the program.
func (s *server) operatorRoutes(registry *prometheus.Registry) []web.Route {
	metrics := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	return []web.Route{
		{Pattern: "GET /healthz", Access: web.Visitors, Handle: s.healthz},
		{Pattern: "GET /readyz", Access: web.Visitors, Handle: s.readyz},
		{Pattern: "GET /metrics", Access: web.Staff, Scope: "metrics:read", Handle: func(w http.ResponseWriter, r *http.Request) error {
			metrics.ServeHTTP(w, r)
			return nil
		}},
		{Pattern: "GET /static/{name}", Access: web.Visitors, Handle: s.kit.Static},
		{Pattern: "POST /preferences", Access: web.Visitors, Handle: s.kit.Preferences},
	}
}

// healthz says that the process lives.
func (s *server) healthz(w http.ResponseWriter, _ *http.Request) error {
	return web.JSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// readyz says whether requests can be answered. Redis has no say in it: what it
// carries waits in the database.
func (s *server) readyz(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.db.Ping(ctx); err != nil {
		s.log.Error("not ready", "error", err)
		return fmt.Errorf("the database does not answer: %w", errs.Unavailable)
	}
	return web.JSON(w, http.StatusOK, map[string]string{"status": "ready"})
}

// openAPI tells everybody what the API is: it holds no secret, and tools on other sites
// may read it.
func openAPI(described []byte) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Cache-Control", "public, max-age=300")
		return web.Compressed(w, r, "application/json", described)
	}
}

// outbox shows the outbox's figures, from the database, as metrics.
type outbox struct{ queue *workers.Queue }

var outboxJobs = prometheus.NewDesc("sarnakh_outbox_jobs", "Jobs in the outbox: outstanding (due by now), later, dead (given up).", []string{"state"}, nil)

// Describe names the metric.
func (o outbox) Describe(ch chan<- *prometheus.Desc) { ch <- outboxJobs }

// Collect counts the jobs.
func (o outbox) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	c, err := o.queue.Count(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(outboxJobs, err)
		return
	}
	for state, n := range map[string]int{"outstanding": c.Outstanding, "later": c.Later, "dead": c.Dead} {
		ch <- prometheus.MustNewConstMetric(outboxJobs, prometheus.GaugeValue, float64(n), state)
	}
}
