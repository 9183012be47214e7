package mail

import (
	"fmt"
	"sync"
	"time"
)

// The pause after a failed connection: doubled with each failure in a row.
const (
	firstPause = 250 * time.Millisecond
	longPause  = 30 * time.Second
)

// breaker keeps a server that is away from being dialled for every message: after
// a failure nobody dials for a while, then one tries for all.
type breaker struct {
	mu       sync.Mutex
	failures int
	until    time.Time // wall clock: nobody dials before
	cause    error
}

// allow returns nil to whoever may dial now. After a failure that is one caller,
// until it reports how it went or the time it may take is over.
func (b *breaker) allow(now time.Time, mayTake time.Duration) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures == 0 {
		return nil
	}
	if now.Before(b.until) {
		return fmt.Errorf("%w (trying again in %v)", b.cause, b.until.Sub(now).Round(10*time.Millisecond))
	}
	b.until = now.Add(mayTake)
	return nil
}

func (b *breaker) failed(now time.Time, cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	pause := min(longPause, firstPause<<min(b.failures, 10))
	b.failures++
	b.until, b.cause = now.Add(pause), cause
}

func (b *breaker) worked() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures, b.cause = 0, nil
}
