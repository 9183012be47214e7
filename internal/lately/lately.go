// Package lately remembers what happened of late, in bounded room: what has been written
// down need not be written again.
package lately

import "hash/maphash"

// Memory keeps a value for each of the newest keys. It is not safe for use by several
// goroutines at once: whoever asks and then writes wants a lock around both.
type Memory[V any] struct {
	seed     maphash.Seed
	limit    int
	now, old map[uint64]V
}

// New returns a Memory of at least limit keys; up to twice as many are kept.
func New[V any](limit int) *Memory[V] {
	return &Memory[V]{seed: maphash.MakeSeed(), limit: limit, now: map[uint64]V{}}
}

// Key is the key of a text that belongs to a numbered thing. Two texts taken for one
// another would be one in 10¹³.
func (m *Memory[V]) Key(thing uint64, text string) uint64 {
	return maphash.String(m.seed, text) ^ thing*0x9e3779b97f4a7c15
}

// Find looks a key up and keeps it from growing old.
func (m *Memory[V]) Find(key uint64) (V, bool) {
	if v, ok := m.now[key]; ok {
		return v, true
	}
	v, ok := m.old[key]
	if ok {
		m.Put(key, v)
	}
	return v, ok
}

// Put writes into the younger half; when it is full, the older half is forgotten.
func (m *Memory[V]) Put(key uint64, v V) {
	if len(m.now) >= m.limit {
		m.old, m.now = m.now, make(map[uint64]V, m.limit)
	}
	m.now[key] = v
}
