// Package shelf keeps what marketers defined (a form, a page, an experiment) at
// hand, so that a visitor's request does not read it from the database.
package shelf

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// Shelf holds items by key, each as it was when last loaded. What another process
// changed is seen once an item has lain there for keep; what this one changed, at
// once, if it says Forget after its commit. Items are shared: nobody may change one.
type Shelf[T any] struct {
	load func(ctx context.Context, key string) (*T, error)
	keep time.Duration

	mu    sync.RWMutex
	items map[string]item[T]
	turn  uint64 // how often something was forgotten
}

type item[T any] struct {
	value *T
	at    time.Time
}

// New returns an empty Shelf that is filled by load.
func New[T any](load func(ctx context.Context, key string) (*T, error), keep time.Duration) *Shelf[T] {
	return &Shelf[T]{load: load, keep: keep, items: map[string]item[T]{}}
}

// Find returns the item with this key, or what load says when there is none
// (NotFound). When the database does not answer, what was known last is good enough.
func (s *Shelf[T]) Find(ctx context.Context, key string) (*T, error) {
	s.mu.RLock()
	kept, ok := s.items[key]
	turn := s.turn
	s.mu.RUnlock()
	if ok && time.Since(kept.at) < s.keep {
		return kept.value, nil
	}
	value, err := s.load(ctx, key)
	if err != nil {
		if ok && !errors.Is(err, errs.NotFound) {
			return kept.value, nil
		}
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// Forgotten while it was being loaded: it may be the old one, which is good
	// for this request and not for the next.
	if s.turn == turn {
		s.items[key] = item[T]{value, time.Now()}
	}
	return value, nil
}

// Forget has the next Find load the item anew.
func (s *Shelf[T]) Forget(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.items, key)
	s.turn++
}
