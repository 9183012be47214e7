package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"runtime/debug"
	"time"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/access"
	"github.com/sarnakh/sarnakh/cmd/sarnakh/simulate"
	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/sample"
	"github.com/sarnakh/sarnakh/workers"
)

type demoCommand struct {
	Visitors int    `default:"2000" help:"How many people visit the landing page."`
	Seed     uint64 `default:"1" help:"The same seed makes the same people; which version each of them sees is drawn anew."`
	Exit     bool   `help:"Stop after the report."`
	JSON     bool   `name:"json" help:"Print the report as one JSON object; everything else goes to standard error."`
}

// The demo's people come during demoTraffic; the journeys that they began run on
// until demoDays have passed, and that is now.
const (
	demoTraffic = 14
	demoDays    = 36
	demoEmail   = "demo@sarnakh.localhost"

	// usualVisitors are those that the sample's experiments are planned for.
	usualVisitors = 2000

	samplePage       = "guide"
	sampleExperiment = "guide-promise"
)

// Run starts the program on a folder that is thrown away, sets the sample campaign
// up, sends simulated people through it and reports what the database then holds.
func (c demoCommand) Run(env *environment) error {
	if c.Visitors < 1 || c.Visitors > 1_000_000 {
		return usagef("--visitors: between 1 and 1,000,000")
	}
	if err := env.config.check(); err != nil {
		return err
	}
	began := time.Now()
	dir, err := os.MkdirTemp("", "sarnakh-demo-")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer os.RemoveAll(dir)
	clk := clock.NewManual(began.AddDate(0, 0, -demoDays))
	config := env.demoConfig(dir)
	// Five weeks of garbage in a minute: collecting less often is a fifth faster.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	s, err := start(env.ctx, config, pagesHalf|workersHalf, clk, config.logger(env.stderr))
	if err != nil {
		return err
	}
	defer s.Stop()
	planned, err := c.setUp(env.ctx, s)
	if err != nil {
		return err
	}
	_, key, err := s.access.CreateKey(env.ctx, "demo", "demo", access.Everything)
	if err != nil {
		return err
	}
	out := env.stdout
	if c.JSON {
		out = env.stderr
	}
	fmt.Fprintf(out, "Sarnakh demo: %d people visit %s/p/%s over %d days.\n", c.Visitors, s.url, samplePage, demoTraffic)
	fmt.Fprintf(out, "The experiment of that page is planned for %d visitors of each version.\n", planned)
	show := newProgress(out)
	err = simulate.Run(env.ctx, simulate.World{
		BaseURL: s.url, Page: samplePage, Key: key, Clock: clk, Settle: s.settle, NextDue: s.queue.NextDue,
	}, simulate.Options{Visitors: c.Visitors, Seed: c.Seed, Days: demoTraffic}, show.update)
	show.done()
	if err != nil {
		return err
	}
	r, err := s.demoReport(env.ctx, time.Since(began))
	if err != nil {
		return err
	}
	if c.JSON {
		if err := json.NewEncoder(env.stdout).Encode(r); err != nil {
			return err
		}
	} else {
		r.print(out)
	}
	if c.Exit {
		return nil
	}
	if err := s.invite(env.ctx, out); err != nil {
		return err
	}
	// Weeks no longer pass in seconds: nobody is kept busy by looking for what is not there.
	if err := s.work(env.ctx, workers.Steady); err != nil {
		return err
	}
	go follow(env.ctx, clk)
	return s.run(env.ctx)
}

// demoConfig is the embedded everything in a folder of its own. When the usual
// address is taken, any free port will do.
func (env *environment) demoConfig(dir string) *Config {
	c := *env.config
	c.Data, c.Database, c.Redis, c.SMTP, c.Secret, c.PublicURL = dir, "", "", "", "", ""
	if c.LogLevel == "info" {
		c.LogLevel = "warn" // a few of the people make mistakes, which is no news here
	}
	c.APIRate = 0 // the simulated till takes five weeks of codes in a minute
	c.brandText = i18n.Text{i18n.Persian: "قهوهٔ نخ", i18n.English: "Nakh Coffee"}
	c.Color = "#a5281b"
	c.From, c.Address = "Nakh Coffee <hello@nakh.example>", "Iranshahr Street, Tehran · تهران، خیابان ایرانشهر"
	if c.Zone == "Local" {
		c.Zone = "Asia/Tehran"
	}
	if l, err := net.Listen("tcp", c.Addr); err != nil {
		c.Addr = "127.0.0.1:0"
	} else {
		_ = l.Close()
	}
	return &c
}

// setUp applies the sample files. The one thing changed is the planned size of the
// experiments, which a marketer too would take from the expected traffic; it returns that
// of the page's.
func (c demoCommand) setUp(ctx context.Context, s *server) (planned int64, err error) {
	names, err := fs.Glob(sample.Files, "*.yaml")
	if err != nil {
		return 0, err
	}
	bundle, err := manifest.Load(sample.Files, names, s.kinds())
	if err != nil {
		return 0, err
	}
	for _, doc := range bundle.Docs() {
		if e, ok := doc.(*abtest.Definition); ok {
			e.PlannedVisitorsPerArm = c.planned(e.PlannedVisitorsPerArm)
			if e.Key == sampleExperiment {
				planned = e.PlannedVisitorsPerArm
			}
		}
	}
	_, err = bundle.Apply(ctx, s.db, s.kinds())
	return planned, err
}

// planned is at how many visitors of each version an experiment is read that is written
// for the usual number of people: of the page a little less than half of them, since
// chance splits them.
func (c demoCommand) planned(usual int64) int64 {
	return max(1, usual*int64(c.Visitors)/usualVisitors)
}

// settle returns when nothing that is due by now is left undone.
func (s *server) settle(ctx context.Context) error {
	s.queue.Wake()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		counts, err := s.queue.Count(ctx)
		if err != nil {
			return err
		}
		if counts.Outstanding == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// follow lets the demo's clock go on with the wall clock's pace, for whoever fills
// in a form now.
func follow(ctx context.Context, clk *clock.Manual) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			clk.AdvanceTo(time.Now())
		}
	}
}

// invite prints how to look at the pages.
func (s *server) invite(ctx context.Context, out io.Writer) error {
	password := rand.Text()[:12]
	u, err := s.access.CreateUser(ctx, demoEmail, password)
	if err != nil {
		return err
	}
	link, err := s.access.SignInLink(ctx, u.ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, `
Look around (Ctrl-C ends the demo and throws its data away):
  workspace      %s
  or sign in as  %s, password %s
  landing page   %s/p/%s?lang=fa  and  ?lang=en
`, link, demoEmail, password, s.url, samplePage)
	return nil
}
