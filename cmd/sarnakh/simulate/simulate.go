package simulate

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/clock"
)

// World is the program that people meet.
type World struct {
	BaseURL string // http://127.0.0.1:port; the links in its e-mails begin with it too
	Page    string // the key of the landing page that the advertisements lead to
	// Key is an API key: the shop's till redeems offers with it, and it opens the
	// mailbox, which stands for everybody's inboxes.
	Key string
	// Clock is the program's own. It is moved on as people act.
	Clock *clock.Manual
	// Settle returns when nothing that is due by now is left undone.
	Settle func(ctx context.Context) error
	// NextDue is the next time for which the program itself has planned something;
	// false when there is nothing.
	NextDue func(ctx context.Context) (time.Time, bool, error)
}

// Options say how many people come. The zero value of a field means its default.
type Options struct {
	Visitors int    // 2000
	Days     int    // of traffic: 14
	Seed     uint64 // the same seed makes the same people with the same minds
}

// Stage is what is going on.
type Stage string

// The stages, in their order.
const (
	StageVisits   Stage = "visits"   // people arrive; Done counts first visits
	StageJourneys Stage = "journeys" // the e-mails run their course; Done counts days
)

// Progress tells how far a run is.
type Progress struct {
	Stage       Stage
	Done, Total int
	Day         int // of domain time, from 1 on
}

// afterglow is how long after the last visit the journeys are watched: longer than
// the sample's journey takes.
const afterglow = 22 * 24 * time.Hour

// tick is the time between two looks at what the program has to do and at the
// mailbox. What falls due meanwhile is done while people act, or up to that much late.
const tick = 2 * time.Hour

// parallel is how many people act at the same time.
const parallel = 8

// Run sends the visitors and plays them to the end: until nobody has anything left
// to do and the program has nothing planned, or until three weeks after the last
// visit. report is told every few hours of domain time in which something happened.
// An answer that no visitor should get ends the run; the error names the visitor,
// the address and the status.
func Run(ctx context.Context, w World, o Options, report func(Progress)) error {
	if o.Visitors == 0 {
		o.Visitors = 2000
	}
	if o.Days == 0 {
		o.Days = 14
	}
	if o.Visitors < 0 || o.Days < 0 {
		return fmt.Errorf("simulate: %d visitors in %d days cannot be", o.Visitors, o.Days)
	}
	w.BaseURL = strings.TrimRight(w.BaseURL, "/")
	transport := &http.Transport{MaxIdleConns: 4 * parallel, MaxIdleConnsPerHost: 4 * parallel, IdleConnTimeout: time.Minute}
	defer transport.CloseIdleConnections()
	s := newSimulation(w, o, transport)
	if err := s.run(ctx, report); err != nil {
		return fmt.Errorf("simulate: %w", err)
	}
	return nil
}

// simulation is one run.
type simulation struct {
	world   World
	client  *http.Client
	agenda  agenda
	people  []*person
	byEmail map[string]*person
	start   time.Time
	over    time.Time // the last moment at which somebody visits
	end     time.Time // the last moment that is watched
	read    int64     // the newest message read in the mailbox
}

func newSimulation(w World, o Options, transport http.RoundTripper) *simulation {
	start := w.Clock.Now()
	s := &simulation{
		world: w,
		client: &http.Client{
			Transport: transport, Timeout: 30 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		people: crowd(o.Seed, o.Visitors), byEmail: map[string]*person{},
		start: start, over: start.AddDate(0, 0, o.Days),
	}
	s.end = s.over.Add(afterglow)
	for _, p := range s.people {
		s.byEmail[p.email] = p
	}
	for i, at := range arrivals(o.Seed, start, o.Days, o.Visitors) {
		s.agenda.add(at, s.people[i], s.visit)
	}
	return s
}

func (s *simulation) run(ctx context.Context, report func(Progress)) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		next, ok, err := s.next(ctx)
		if err != nil {
			return err
		}
		if !ok {
			return nil
		}
		until := next.Add(tick)
		if err := s.act(ctx, until); err != nil {
			return err
		}
		s.world.Clock.AdvanceTo(until)
		if err := s.world.Settle(ctx); err != nil {
			return fmt.Errorf("settle at %s: %w", until.Format(time.DateTime), err)
		}
		if err := s.readMail(ctx); err != nil {
			return err
		}
		report(s.progress())
	}
}

// next is the next moment at which somebody does something or the program has
// planned to; false when the run is over.
func (s *simulation) next(ctx context.Context) (time.Time, bool, error) {
	due, ok, err := s.world.NextDue(ctx)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("what is planned: %w", err)
	}
	if now := s.world.Clock.Now(); ok && due.Before(now) {
		due = now
	}
	if at, some := s.agenda.first(); some && (!ok || at.Before(due)) {
		due, ok = at, true
	}
	return due, ok && !due.After(s.end), nil
}

// act has everybody do what they have in mind until then, and what comes of it
// within that time. Several people act at once, and each does one thing after the
// other.
func (s *simulation) act(ctx context.Context, until time.Time) error {
	for {
		turns := s.agenda.take(until)
		if len(turns) == 0 {
			return nil
		}
		if err := together(ctx, turns, func(ctx context.Context, e event) error {
			s.world.Clock.AdvanceTo(e.at)
			return e.do(ctx, e.who)
		}); err != nil {
			return err
		}
	}
}

func (s *simulation) progress() Progress {
	now := s.world.Clock.Now()
	p := Progress{Stage: StageVisits, Total: len(s.people), Day: int(now.Sub(s.start)/(24*time.Hour)) + 1}
	for p.Done < len(s.people) && s.people[p.Done].headline != "" {
		p.Done++ // people are numbered in the order of their arrival
	}
	if p.Done == p.Total && !now.Before(s.over) {
		p.Stage, p.Total = StageJourneys, int(afterglow/(24*time.Hour))
		p.Done = min(int(now.Sub(s.over)/(24*time.Hour)), p.Total)
	}
	return p
}
