package abtest

import (
	"sync"

	"github.com/sarnakh/sarnakh/internal/lately"
)

// remembered is how many visitors of late are kept in mind; up to twice as many
// are, in about 5 MB.
const remembered = 1 << 17

// seen remembers who was written down of late, so that a repeated view costs a
// look-up and no row. What it forgets is asked of the database, which knows better.
type seen struct {
	mu   sync.Mutex
	arms *lately.Memory[int8] // the arm each visitor was seen in, or both
}

// both stands for a visitor seen in two variants: there is nothing left to write.
const both = -1

func newSeen(limit int) *seen { return &seen{arms: lately.New[int8](limit)} }

// has reports whether the visitor's exposure to this arm needs no writing.
func (s *seen) has(experiment int64, visitor string, arm int) bool {
	known, ok := s.find(experiment, visitor)
	return ok && (known == both || known == arm)
}

// arm is the one variant that the visitor is remembered in; false for who is not, or was
// seen in two.
func (s *seen) arm(experiment int64, visitor string) (int, bool) {
	known, ok := s.find(experiment, visitor)
	return known, ok && known != both
}

func (s *seen) find(experiment int64, visitor string) (int, bool) {
	key := s.arms.Key(uint64(experiment), visitor)
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.arms.Find(key)
	return int(known), ok
}

// add remembers an exposure that is on the disk.
func (s *seen) add(experiment int64, visitor string, arm int) {
	key := s.arms.Key(uint64(experiment), visitor)
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.arms.Find(key); ok && int(known) != arm {
		arm = both
	}
	s.arms.Put(key, int8(arm))
}
