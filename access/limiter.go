package access

import (
	"sync"
	"time"

	"github.com/sarnakh/sarnakh/internal/clock"
)

// How often a password may be tried before one has to wait, and how long until
// the next try is granted. A sign-in that succeeds costs no try.
const (
	triesPerIP      = 20
	tryAgainIP      = 6 * time.Second
	triesPerAccount = 8
	tryAgainAccount = 30 * time.Second
)

// limitedNames bounds the memory of a limiter.
const limitedNames = 10_000

// limiter grants each name a number of tries at once and one more per interval.
type limiter struct {
	wall     clock.Clock
	tries    int
	interval time.Duration

	mu   sync.Mutex
	full map[string]time.Time // when a name has all its tries again
}

func newLimiter(wall clock.Clock, tries int, interval time.Duration) *limiter {
	return &limiter{wall: wall, tries: tries, interval: interval, full: map[string]time.Time{}}
}

// take uses up a try; it is false when there is none left.
func (l *limiter) take(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.wall.Now()
	if len(l.full) >= limitedNames {
		l.forget(now)
	}
	full := l.full[name]
	if full.Before(now) {
		full = now
	}
	full = full.Add(l.interval)
	if full.Sub(now) > time.Duration(l.tries)*l.interval {
		return false
	}
	l.full[name] = full
	return true
}

// giveBack returns a try that was well spent.
func (l *limiter) giveBack(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if full, ok := l.full[name]; ok {
		l.full[name] = full.Add(-l.interval)
	}
}

// forget drops the names that have all their tries; when there are none, all names:
// whoever floods us with names then frees themself, and the other limiter holds.
func (l *limiter) forget(now time.Time) {
	for name, full := range l.full {
		if !full.After(now) {
			delete(l.full, name)
		}
	}
	if len(l.full) >= limitedNames {
		clear(l.full)
	}
}
