// Package clock gives the program its own time, so that a journey of four weeks
// can pass in a test, or in the demo, within seconds.
//
// Domain time (a wait, an expiry, a schedule) is always read here. The time that
// machines need among themselves (a lease, a time-out, a retry) is the wall clock's.
package clock

import (
	"sync"
	"time"
)

// Clock tells the domain time: UTC, whole microseconds, so that a time read back
// from either database equals the one that was written.
type Clock interface {
	Now() time.Time
}

// System is the wall clock.
type System struct{}

// Now returns the present.
func (System) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Manual stands still until it is moved, and never goes back.
type Manual struct {
	mu  sync.RWMutex
	now time.Time
}

// NewManual starts a clock that stands at t.
func NewManual(t time.Time) *Manual { return &Manual{now: t.UTC().Truncate(time.Microsecond)} }

// Now returns the time the clock stands at.
func (m *Manual) Now() time.Time {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.now
}

// AdvanceTo moves the clock forward to t; an earlier t changes nothing.
func (m *Manual) AdvanceTo(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t = t.UTC().Truncate(time.Microsecond); t.After(m.now) {
		m.now = t
	}
}

// Advance moves the clock forward by d.
func (m *Manual) Advance(d time.Duration) { m.AdvanceTo(m.Now().Add(d)) }
