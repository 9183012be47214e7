package abtest

import (
	"hash/maphash"
	"sync"
)

// remembered is how many visitors of late are kept in mind; up to twice as many
// are, in about 5 MB.
const remembered = 1 << 17

// seen remembers who was written down of late, so that a repeated view costs a
// look-up and no row. What it forgets is asked of the database, which knows better;
// two visitors taken for one another would be one in 10¹³.
type seen struct {
	seed  maphash.Seed
	limit int

	mu       sync.Mutex
	now, old map[uint64]int8 // the arm each visitor was seen in, or both
}

// both stands for a visitor seen in two variants: there is nothing left to write.
const both = -1

func newSeen(limit int) *seen {
	return &seen{seed: maphash.MakeSeed(), limit: limit, now: map[uint64]int8{}}
}

func (s *seen) key(experiment int64, visitor string) uint64 {
	return maphash.String(s.seed, visitor) ^ uint64(experiment)*0x9e3779b97f4a7c15
}

// has reports whether the visitor's exposure to this arm needs no writing.
func (s *seen) has(experiment int64, visitor string, arm int) bool {
	key := s.key(experiment, visitor)
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.find(key)
	return ok && (known == both || int(known) == arm)
}

// arm is the one variant that the visitor is remembered in; false for who is not, or was
// seen in two.
func (s *seen) arm(experiment int64, visitor string) (int, bool) {
	key := s.key(experiment, visitor)
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.find(key)
	return int(known), ok && known != both
}

// add remembers an exposure that is on the disk.
func (s *seen) add(experiment int64, visitor string, arm int) {
	key := s.key(experiment, visitor)
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.find(key); ok && int(known) != arm {
		arm = both
	}
	s.put(key, int8(arm))
}

// find looks a visitor up and keeps them from growing old.
func (s *seen) find(key uint64) (int8, bool) {
	if arm, ok := s.now[key]; ok {
		return arm, true
	}
	arm, ok := s.old[key]
	if ok {
		s.put(key, arm)
	}
	return arm, ok
}

// put writes into the younger half; when it is full, the older half is forgotten.
func (s *seen) put(key uint64, arm int8) {
	if len(s.now) >= s.limit {
		s.old, s.now = s.now, make(map[uint64]int8, s.limit)
	}
	s.now[key] = arm
}
