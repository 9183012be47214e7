package workers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// shop is a database with an outbox and a table in which effects leave a trace.
type shop struct {
	db    *db.DB
	clock *clock.Manual
	queue *Queue
}

func openShop(t *testing.T, base testkit.Database) *shop {
	t.Helper()
	d := tables.Open(t, base)
	if _, err := d.SQL().Exec("CREATE TABLE effects (ref BIGINT NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	c := clock.NewManual(start)
	return &shop{db: d, clock: c, queue: NewQueue(d, c, slog.New(slog.DiscardHandler))}
}

func (s *shop) enqueue(t *testing.T, jobs ...Job) {
	t.Helper()
	if err := s.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
		return s.queue.Enqueue(ctx, tx, jobs...)
	}); err != nil {
		t.Fatal(err)
	}
}

func (s *shop) run(t *testing.T, rdb redis.UniversalClient) *Runner {
	t.Helper()
	r := NewRunner(s.queue, rdb, Steady)
	if err := r.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	return r
}

func (s *shop) embedded(t *testing.T) redis.UniversalClient {
	t.Helper()
	rdb, close, err := OpenRedis(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = close() })
	return rdb
}

// settled waits until nothing due is left.
func (s *shop) settled(t *testing.T, limit time.Duration) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(limit); ; <-tick.C {
		c, err := s.queue.Count(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if c.Outstanding == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still outstanding: %d", c.Outstanding)
		}
	}
}

func (s *shop) effects(t *testing.T) (rows, distinct int) {
	t.Helper()
	if err := s.db.SQL().QueryRow("SELECT count(*), count(DISTINCT ref) FROM effects").Scan(&rows, &distinct); err != nil {
		t.Fatal(err)
	}
	return rows, distinct
}

// effect leaves one trace for each job and finishes it, in one transaction.
func (s *shop) effect(ctx context.Context, b *Batch) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		for _, j := range b.Jobs {
			if _, err := tx.Tx.Tx.ExecContext(ctx, fmt.Sprintf("INSERT INTO effects VALUES (%d)", j.Ref)); err != nil {
				return err
			}
		}
		return b.Finish(ctx, tx, b.Jobs...)
	})
}

func TestEveryJobHasItsEffectOnceThoughRedisIsEmptiedAndHandlersFail(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		server := testkit.Redis(t)
		s := openShop(t, base)
		const jobs = 600
		var mu sync.Mutex
		flaky := rand.New(rand.NewPCG(1, 2))
		s.queue.Handle("effect", func(ctx context.Context, b *Batch) error {
			mu.Lock()
			// Often, and twice at the most: each further time only waits longer.
			fails := b.attempt < 3 && flaky.IntN(3) == 0
			mu.Unlock()
			if fails {
				return errors.New("chance")
			}
			return s.effect(ctx, b)
		}, Options{Batch: 7})
		rdb, close, err := OpenRedis(context.Background(), server.URL())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = close() })
		one, two := NewRunner(s.queue, rdb, Steady), NewRunner(s.queue, rdb, Steady)
		for _, r := range []*Runner{one, two} {
			if err := r.Start(context.Background()); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(r.Stop)
		}
		for i := range jobs {
			s.enqueue(t, Job{Kind: "effect", Ref: int64(i + 1), DueAt: start})
			if i%200 == 100 {
				if err := rdb.FlushAll(context.Background()).Err(); err != nil {
					t.Fatal(err)
				}
			}
		}
		s.settled(t, 60*time.Second)
		if rows, distinct := s.effects(t); rows != jobs || distinct != jobs {
			t.Errorf("%d effects of %d jobs, want %d of %d", rows, distinct, jobs, jobs)
		}
	})
}

func TestAJobThatIsNotDueWaitsForTheDomainClock(t *testing.T) {
	s := openShop(t, testkit.Database{Dir: t.TempDir()})
	s.queue.Handle("effect", s.effect, Options{})
	s.enqueue(t, Job{Kind: "effect", Ref: 1, DueAt: start}, Job{Kind: "effect", Ref: 2, DueAt: start.Add(48 * time.Hour)})
	s.run(t, s.embedded(t))
	s.settled(t, 10*time.Second)
	if rows, _ := s.effects(t); rows != 1 {
		t.Fatalf("%d effects before the time, want 1", rows)
	}
	due, ok, err := s.queue.NextDue(context.Background())
	if err != nil || !ok || !due.Equal(start.Add(48*time.Hour)) {
		t.Errorf("next due %v %v %v", due, ok, err)
	}
	s.clock.Advance(48 * time.Hour)
	s.queue.Wake()
	s.settled(t, 10*time.Second)
	if rows, _ := s.effects(t); rows != 2 {
		t.Errorf("%d effects after the time, want 2", rows)
	}
}

func TestALateHandlerChangesNothing(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		s := openShop(t, base)
		s.queue.Handle("effect", s.effect, Options{})
		s.enqueue(t, Job{Kind: "effect", Ref: 1, DueAt: start})
		r := NewRunner(s.queue, s.embedded(t), Steady)
		ctx := context.Background()
		first := s.leaseAndClaim(t, r)
		// The first one's lease runs out while it is still at work.
		if _, err := s.db.SQL().Exec("UPDATE jobs SET lease_until = '2020-01-01 00:00:00+00:00'"); err != nil {
			t.Fatal(err)
		}
		second := s.leaseAndClaim(t, r)
		if err := s.effect(ctx, second); err != nil {
			t.Fatal(err)
		}
		if err := s.effect(ctx, first); !errors.Is(err, ErrLate) {
			t.Errorf("the late one got %v, want ErrLate", err)
		}
		if rows, _ := s.effects(t); rows != 1 {
			t.Errorf("%d effects, want 1", rows)
		}
	})
}

func (s *shop) leaseAndClaim(t *testing.T, r *Runner) *Batch {
	t.Helper()
	jobs, err := r.lease(context.Background())
	if err != nil || len(jobs) != 1 {
		t.Fatalf("leased %d jobs, %v", len(jobs), err)
	}
	b, err := r.claim(context.Background(), "effect", task{IDs: []int64{jobs[0].ID}, Attempt: jobs[0].Attempt})
	if err != nil || len(b.Jobs) != 1 {
		t.Fatalf("claimed %d jobs, %v", len(b.Jobs), err)
	}
	return b
}

func TestALongHandlerKeepsItsJobs(t *testing.T) {
	s := openShop(t, testkit.Database{Dir: t.TempDir()})
	s.queue.Handle("effect", func(ctx context.Context, b *Batch) error {
		// At work until the lease has been renewed three times.
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		seen := map[time.Time]bool{}
		for len(seen) < 4 {
			<-tick.C
			var until time.Time
			if err := s.db.Read().NewSelect().Model((*Job)(nil)).Column("lease_until").Scan(ctx, &until); err != nil {
				return err
			}
			seen[until] = true
		}
		return s.effect(ctx, b)
	}, Options{})
	s.enqueue(t, Job{Kind: "effect", Ref: 1, DueAt: start})
	r := NewRunner(s.queue, s.embedded(t), Steady)
	r.hold = 60 * time.Millisecond
	if err := r.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	s.settled(t, 20*time.Second)
	if rows, _ := s.effects(t); rows != 1 {
		t.Errorf("%d effects, want 1", rows)
	}
}

func TestReclaimedJobsAreDoneAtOnce(t *testing.T) {
	s := openShop(t, testkit.Database{Dir: t.TempDir()})
	s.queue.Handle("effect", s.effect, Options{})
	s.enqueue(t, Job{Kind: "effect", Ref: 1, DueAt: start})
	rdb := s.embedded(t)
	s.leaseAndClaim(t, NewRunner(s.queue, rdb, Steady)) // and there its process died
	if err := s.queue.Reclaim(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.run(t, rdb)
	s.settled(t, 10*time.Second)
	if rows, _ := s.effects(t); rows != 1 {
		t.Errorf("%d effects, want 1", rows)
	}
}

func TestAnEffectThatIsRolledBackEnqueuesNothing(t *testing.T) {
	s := openShop(t, testkit.Database{Dir: t.TempDir()})
	err := s.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error {
		if err := s.queue.Enqueue(ctx, tx, Job{Kind: "effect", Ref: 1, DueAt: start}); err != nil {
			return err
		}
		return errors.New("no")
	})
	if err == nil {
		t.Fatal("committed")
	}
	if c, err := s.queue.Count(context.Background()); err != nil || c != (Counts{}) {
		t.Errorf("outbox holds %+v, %v", c, err)
	}
}

func TestARecurringJobComesBackAfterItsPeriod(t *testing.T) {
	s := openShop(t, testkit.Database{Dir: t.TempDir()})
	runs := make(chan time.Time, 10)
	s.queue.Every("tick", time.Hour, func(context.Context) error {
		runs <- s.clock.Now()
		return nil
	})
	s.run(t, s.embedded(t))
	for hour := 1; hour <= 3; hour++ {
		s.clock.AdvanceTo(start.Add(time.Duration(hour) * time.Hour))
		s.queue.Wake()
		s.settled(t, 10*time.Second)
	}
	if len(runs) != 3 {
		t.Errorf("ran %d times in three hours", len(runs))
	}
}

func TestManyWaitingOutsideKeepNothingInsideWaiting(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		s := openShop(t, base)
		s.queue.Handle("mail", func(context.Context, *Batch) error { return errors.New("the server is away") }, Options{Outside: true})
		s.queue.Handle("effect", s.effect, Options{})
		mails := make([]Job, inFlight+500)
		for i := range mails {
			mails[i] = Job{Kind: "mail", Ref: int64(i + 1), DueAt: start.Add(-time.Hour)}
		}
		s.enqueue(t, mails...)
		s.run(t, s.embedded(t))
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		tried := func() (n int) {
			if err := s.db.SQL().QueryRow("SELECT count(*) FROM jobs WHERE kind = 'mail' AND attempt > 0").Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		for deadline := time.Now().Add(30 * time.Second); tried() < inFlight && time.Now().Before(deadline); <-tick.C {
		}
		s.enqueue(t, Job{Kind: "effect", Ref: 1, DueAt: start})
		for deadline := time.Now().Add(10 * time.Second); ; <-tick.C {
			if rows, _ := s.effects(t); rows == 1 {
				return
			}
			if time.Now().After(deadline) {
				t.Fatal("the job inside was not done")
			}
		}
	})
}

func TestATaskOfAnotherDatabaseTouchesNothing(t *testing.T) {
	s := openShop(t, testkit.Database{Dir: t.TempDir()})
	s.queue.Handle("effect", s.effect, Options{})
	s.enqueue(t, Job{Kind: "effect", Ref: 1, DueAt: start})
	r := NewRunner(s.queue, s.embedded(t), Steady)
	jobs, err := r.lease(context.Background())
	if err != nil || len(jobs) != 1 {
		t.Fatalf("leased %d, %v", len(jobs), err)
	}
	b, err := r.claim(context.Background(), "another", task{IDs: []int64{jobs[0].ID}, Attempt: jobs[0].Attempt})
	if err != nil || len(b.Jobs) != 0 {
		t.Errorf("another kind's task claimed %d jobs, %v", len(b.Jobs), err)
	}
}

func TestAJobThatAlwaysFailsIsGivenUpAndSaysWhy(t *testing.T) {
	s := openShop(t, testkit.Database{Dir: t.TempDir()})
	s.queue.Handle("broken", func(context.Context, *Batch) error { panic("no such thing") }, Options{MaxAttempts: 1})
	s.enqueue(t, Job{Kind: "broken", Ref: 1, DueAt: start})
	s.run(t, s.embedded(t))
	s.settled(t, 10*time.Second)
	var j Job
	if err := s.db.Read().NewSelect().Model(&j).Scan(context.Background()); err != nil {
		t.Fatal(err)
	}
	if j.State != stateDead || j.LastError == "" {
		t.Errorf("job %+v, want dead with the reason", j)
	}
}

func TestRedisAwayLosesNothing(t *testing.T) {
	server := testkit.Redis(t)
	s := openShop(t, testkit.Database{Dir: t.TempDir()})
	s.queue.Handle("effect", s.effect, Options{Batch: 10})
	rdb, close, err := OpenRedis(context.Background(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = close() })
	s.run(t, rdb)
	server.Stop()
	for i := range 50 {
		s.enqueue(t, Job{Kind: "effect", Ref: int64(i + 1), DueAt: start})
	}
	server.Start()
	s.settled(t, 60*time.Second)
	if rows, distinct := s.effects(t); rows != 50 || distinct != 50 {
		t.Errorf("%d effects of %d jobs, want 50 of 50", rows, distinct)
	}
}
