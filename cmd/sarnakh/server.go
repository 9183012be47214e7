package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/redis/go-redis/v9"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/mail"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/migrations"
	"github.com/sarnakh/sarnakh/workers"
)

// half is a half of the program: either may run on machines of its own.
type half uint

const (
	pagesHalf half = 1 << iota
	workersHalf
)

// server is the running program.
type server struct {
	*features
	url  string
	db   *db.DB
	log  *slog.Logger
	http *http.Server

	redis  redis.UniversalClient
	runner *workers.Runner

	busy []func() // end the halves; each may take some seconds
	stop []func() // what they stand on, in the order of starting
	fail chan error
}

// start opens the database, brings it up to date and starts the halves asked for.
// It returns once they answer; Stop ends them.
func start(ctx context.Context, c *Config, halves half, clk clock.Clock, log *slog.Logger) (_ *server, err error) {
	s := &server{log: log, fail: make(chan error, 1)}
	defer func() {
		if err != nil {
			s.Stop()
		}
	}()
	if err := c.makeData(); err != nil {
		return nil, err
	}
	// The address first: a second start on the same port must fail before it touches anything.
	var listener net.Listener
	url := c.publicURL(c.Addr)
	if halves&pagesHalf != 0 {
		if listener, err = net.Listen("tcp", c.Addr); err != nil {
			return nil, usagef("SARNAKH_ADDR: cannot listen on %s: %v", c.Addr, errors.Unwrap(err))
		}
		s.onStop(func() { _ = listener.Close() })
		url = c.publicURL(listener.Addr().String())
	}
	if c.Database == "" {
		unlock, err := c.lockData()
		if err != nil {
			return nil, err
		}
		s.onStop(unlock)
	}
	if s.db, err = db.Open(ctx, c.Database, c.Data); err != nil {
		return nil, usageError{err}
	}
	s.onStop(func() { _ = s.db.Close() })
	if _, err := migrations.Up(ctx, s.db); err != nil {
		return nil, err
	}
	s.url = url
	if s.features, err = newFeatures(c, s.db, clk, log, url); err != nil {
		return nil, err
	}
	if halves&workersHalf != 0 {
		if err := s.startWorkers(ctx, c, clk); err != nil {
			return nil, err
		}
	}
	if halves&pagesHalf != 0 {
		if err := s.startPages(listener, c.APIRate); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *server) onStop(f func()) { s.stop = append(s.stop, f) }

// startWorkers starts the mail way out and whoever does the jobs.
func (s *server) startWorkers(ctx context.Context, c *Config, clk clock.Clock) error {
	smtp := c.SMTP
	if smtp == "" {
		if err := s.mailbox.Listen("127.0.0.1:0"); err != nil {
			return err
		}
		s.onStop(func() { _ = s.mailbox.Close() })
		smtp = s.mailbox.URL()
	}
	transport, err := mail.NewTransport(smtp)
	if err != nil {
		return usageError{err}
	}
	s.onStop(transport.Close)
	s.registerJobs(transport)
	rdb, done, err := workers.OpenRedis(ctx, c.Redis)
	if err != nil {
		return usageError{err}
	}
	s.onStop(func() { _ = done() })
	if s.db.Dialect() == db.SQLite {
		// Nobody runs beside us (see lockData): what was being done when the last
		// process ended need not wait for its lease.
		if err := s.queue.Reclaim(ctx); err != nil {
			return err
		}
	}
	pace := workers.Steady
	if _, ok := clk.(*clock.Manual); ok {
		pace = workers.Brisk
	}
	s.redis = rdb
	if err := s.work(ctx, pace); err != nil {
		return err
	}
	s.busy = append(s.busy, func() {
		s.delivery.Stop()
		s.runner.Stop()
	})
	if err := s.webhooks.Start(ctx, s.db.Dialect() == db.SQLite); err != nil {
		return err
	}
	s.busy = append(s.busy, s.webhooks.Stop)
	return nil
}

// work has jobs done at a pace from now on.
func (s *server) work(ctx context.Context, pace workers.Pace) error {
	if s.runner != nil {
		s.runner.Stop()
	}
	runner := workers.NewRunner(s.queue, s.redis, pace)
	if err := runner.Start(ctx); err != nil {
		return err
	}
	s.runner = runner
	return nil
}

// startPages begins to answer requests, of each API key apiRate a second.
func (s *server) startPages(l net.Listener, apiRate int) error {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), outbox{s.queue})
	mux := web.NewMux(s.kit, s.access, s.log, registry)
	mux.LimitKeys(apiRate)
	mux.Remember(s.replays)
	mux.Mount(s.routes()...)
	mux.Mount(s.operatorRoutes(registry)...)
	words, err := apiFields()
	if err != nil {
		return err
	}
	described, err := web.OpenAPI(mux.Routes(), s.url, version(), words)
	if err != nil {
		return err
	}
	mux.Mount(web.Route{Pattern: "GET /api/openapi.json", Access: web.Visitors, Handle: openAPI(described)})
	s.onStop(s.forms.Stop)
	s.http = &http.Server{
		Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	go func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.fail <- fmt.Errorf("http: %w", err)
		}
	}()
	s.busy = append(s.busy, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
		defer cancel()
		if err := s.http.Shutdown(ctx); err != nil {
			_ = s.http.Close() // whoever has not finished by now tries again
		}
	})
	return nil
}

// Stop ends everything within ten seconds: the requests and jobs that have begun, both
// at once, then what they stand on, the last started first and the database at the
// end. What is left undone is in the database.
func (s *server) Stop() {
	var halves sync.WaitGroup
	for _, end := range s.busy {
		halves.Go(end)
	}
	halves.Wait()
	s.busy = nil
	for i := len(s.stop) - 1; i >= 0; i-- {
		s.stop[i]()
	}
	s.stop = nil
}

// run serves until ctx ends or the server fails.
func (s *server) run(ctx context.Context) error {
	select {
	case <-ctx.Done():
		s.log.Info("stopping")
		return nil
	case err := <-s.fail:
		return err
	}
}
