package tracking

import (
	"math"
	"sync"
	"time"
)

// pace lets each source send so many messages a second in the long run, and so many
// at once after a quiet time. It is this process's memory and the wall clock's time.
type pace struct {
	rate, burst float64
	now         func() time.Time

	mu      sync.Mutex
	buckets map[int64]*bucket
}

type bucket struct {
	left float64
	at   time.Time
}

func newPace(rate, burst float64) *pace {
	return &pace{rate: rate, burst: burst, now: time.Now, buckets: map[int64]*bucket{}}
}

// take lets n messages of a source pass, or says in how many whole seconds they may.
func (p *pace) take(source int64, n int) (wait int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	b := p.buckets[source]
	if b == nil {
		b = &bucket{p.burst, now}
		p.buckets[source] = b
	}
	b.left = min(p.burst, b.left+p.rate*now.Sub(b.at).Seconds())
	b.at = now
	// A call is let in when anything is left, however large it is: one that is larger
	// than the whole bucket would otherwise never come in. What it took too much is
	// paid off before the next.
	if b.left > 0 {
		b.left -= float64(n)
		return 0, true
	}
	return max(1, int(math.Ceil(-b.left/p.rate))), false
}
