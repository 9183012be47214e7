package forms

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// shelf keeps definitions at hand, so that a visitor's request does not read one
// from the database. What another process changed is seen after a second; what this
// one changed, at once.
type shelf[T any] struct {
	load func(ctx context.Context, key string) (*T, error)
	keep time.Duration

	mu    sync.RWMutex
	items map[string]shelved[T]
}

type shelved[T any] struct {
	item *T
	at   time.Time
}

func newShelf[T any](load func(ctx context.Context, key string) (*T, error), keep time.Duration) *shelf[T] {
	return &shelf[T]{load: load, keep: keep, items: map[string]shelved[T]{}}
}

// find returns the definition with this key, or NotFound. When the database does
// not answer, what was known last is good enough.
func (s *shelf[T]) find(ctx context.Context, key string) (*T, error) {
	s.mu.RLock()
	kept, ok := s.items[key]
	s.mu.RUnlock()
	if ok && time.Since(kept.at) < s.keep {
		return kept.item, nil
	}
	item, err := s.load(ctx, key)
	if err != nil {
		if ok && !errors.Is(err, errs.NotFound) {
			return kept.item, nil
		}
		return nil, err
	}
	s.mu.Lock()
	s.items[key] = shelved[T]{item, time.Now()}
	s.mu.Unlock()
	return item, nil
}

func (s *shelf[T]) forget(key string) {
	s.mu.Lock()
	delete(s.items, key)
	s.mu.Unlock()
}
