package web

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// RetryAfter is err with the time to wait before another try makes sense; the answer
// says it in its Retry-After header, in whole seconds.
func RetryAfter(err error, wait time.Duration) error { return delayed{err, wait} }

type delayed struct {
	error
	wait time.Duration
}

// Unwrap leads to the kind of failure.
func (d delayed) Unwrap() error { return d.error }

// sayWhen writes how long to wait, if err knows.
func sayWhen(h http.Header, err error) {
	var d delayed
	if errors.As(err, &d) {
		h.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(d.wait.Seconds())))))
	}
}

// keyLimits grants each API key a number of requests a second, and twice as many at
// once to one that was quiet. They are this process's own: two servers grant twice
// as much.
type keyLimits struct {
	perSecond int

	mu   sync.Mutex
	keys map[int64]*rate.Limiter
}

// mostLimited bounds the memory of the limits.
const mostLimited = 10_000

func newKeyLimits(perSecond int) *keyLimits {
	return &keyLimits{perSecond: perSecond, keys: map[int64]*rate.Limiter{}}
}

// take uses up one request of a key, or says when there is another. Accounts are not
// limited.
func (l *keyLimits) take(who Principal) error {
	if l == nil || who.Kind != "key" {
		return nil
	}
	r := l.of(who.ID).Reserve()
	wait := r.Delay()
	if wait == 0 {
		return nil
	}
	r.Cancel()
	return RetryAfter(fmt.Errorf("a key may ask %d times a second: %w", l.perSecond, errs.TooMany), wait)
}

func (l *keyLimits) of(key int64) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.keys) >= mostLimited {
		clear(l.keys)
	}
	if l.keys[key] == nil {
		l.keys[key] = rate.NewLimiter(rate.Limit(l.perSecond), 2*l.perSecond)
	}
	return l.keys[key]
}
