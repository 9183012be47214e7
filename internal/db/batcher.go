package db

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// gatherFor is the longest that a busy Batcher waits for the next batch to fill: the
// callers of the last one are being answered and their successors are on the way, and
// a commit for the first of them alone would keep the rest waiting for another.
const gatherFor = time.Millisecond

// Batcher lets writes that arrive together share one commit: while one batch is
// on its way to the disk the next gathers. Under load this turns a hundred
// flushes into one; alone, a write waits for nobody.
type Batcher[T any] struct {
	db    *DB
	limit int
	write func(ctx context.Context, tx Tx, items []T) error

	mu      sync.Mutex
	waiting []*call[T]
	running bool
	enough  int           // how many make it worth not waiting any longer
	full    chan struct{} // told when there are enough
}

type call[T any] struct {
	item T
	done chan error
}

// NewBatcher returns a Batcher that hands up to limit items at a time to write,
// inside a transaction. What an item yields is put into the item itself.
func NewBatcher[T any](db *DB, limit int, write func(ctx context.Context, tx Tx, items []T) error) *Batcher[T] {
	return &Batcher[T]{db: db, limit: limit, write: write, full: make(chan struct{}, 1)}
}

// Do returns when the item is committed. When a batch fails, each of its items is
// tried again alone, so that one bad item does not spoil its neighbours. A ctx
// that ends early stops the waiting, not the write.
func (b *Batcher[T]) Do(ctx context.Context, item T) error {
	c := &call[T]{item: item, done: make(chan error, 1)}
	b.mu.Lock()
	b.waiting = append(b.waiting, c)
	if b.enough > 0 && len(b.waiting) >= b.enough {
		b.enough = 0
		b.full <- struct{}{}
	}
	start := !b.running
	b.running = true
	b.mu.Unlock()
	if start {
		go b.run(Along(context.WithoutCancel(ctx), nil)) // the commit is many callers', not this one's
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *Batcher[T]) run(ctx context.Context) {
	for last := 0; ; {
		b.gather(last)
		calls := b.take()
		last = len(calls)
		if len(calls) == 0 {
			return
		}
		err := b.commit(ctx, calls)
		if err != nil && len(calls) > 1 {
			for _, c := range calls {
				c.done <- b.commit(ctx, []*call[T]{c})
			}
			continue
		}
		for _, c := range calls {
			c.done <- err
		}
	}
}

// gather waits, after a batch of several, until three quarters as many have come
// again, a millisecond at the most. A single write waits for nobody.
func (b *Batcher[T]) gather(last int) {
	b.mu.Lock()
	if last < 4 || len(b.waiting) >= last*3/4 {
		b.mu.Unlock()
		return
	}
	b.enough = last * 3 / 4
	b.mu.Unlock()
	timer := time.NewTimer(gatherFor)
	defer timer.Stop()
	select {
	case <-b.full:
	case <-timer.C:
		b.mu.Lock()
		if b.enough == 0 { // filled at the same moment
			<-b.full
		}
		b.enough = 0
		b.mu.Unlock()
	}
}

// take returns the next batch, or none and marks the Batcher idle.
func (b *Batcher[T]) take() []*call[T] {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(len(b.waiting), b.limit)
	if n == 0 {
		b.running = false
		return nil
	}
	calls := b.waiting[:n:n]
	b.waiting = b.waiting[n:]
	return calls
}

func (b *Batcher[T]) commit(ctx context.Context, calls []*call[T]) error {
	items := make([]T, len(calls))
	for i, c := range calls {
		items[i] = c.item
	}
	return b.db.InTx(ctx, func(ctx context.Context, tx Tx) (err error) {
		// We run for many requests at once: one that panics must not end the process.
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		return b.write(ctx, tx, items)
	})
}
