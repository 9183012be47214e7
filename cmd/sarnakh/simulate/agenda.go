package simulate

import (
	"cmp"
	"container/heap"
	"context"
	"sync"
	"time"
)

// event is something that somebody will do.
type event struct {
	at  time.Time
	who *person
	do  func(ctx context.Context, p *person) error
}

// agenda holds what everybody will do, the earliest first. Several may write in it
// at a time.
type agenda struct {
	mu     sync.Mutex
	events events
}

func (a *agenda) add(at time.Time, who *person, do func(ctx context.Context, p *person) error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	heap.Push(&a.events, event{at, who, do})
}

// first is the time of the earliest event.
func (a *agenda) first() (time.Time, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.events) == 0 {
		return time.Time{}, false
	}
	return a.events[0].at, true
}

// take removes the events until then and returns them by person, in the order in
// which each person begins.
func (a *agenda) take(until time.Time) [][]event {
	a.mu.Lock()
	defer a.mu.Unlock()
	var turns [][]event
	place := map[*person]int{}
	for len(a.events) > 0 && !a.events[0].at.After(until) {
		e := heap.Pop(&a.events).(event)
		i, ok := place[e.who]
		if !ok {
			i, turns = len(turns), append(turns, nil)
			place[e.who] = i
		}
		turns[i] = append(turns[i], e)
	}
	return turns
}

// together runs the turns, a few at a time, and returns the first error. After it
// no new turn begins.
func together(ctx context.Context, turns [][]event, do func(context.Context, event) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	free := make(chan struct{}, parallel)
	for _, turn := range turns {
		free <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			defer func() { <-free }()
			for _, e := range turn {
				if err := do(ctx, e); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// events is a heap by time and, at the same time, by number of the person.
type events []event

func (e events) Len() int      { return len(e) }
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e events) Less(i, j int) bool {
	return cmp.Or(e[i].at.Compare(e[j].at), cmp.Compare(e[i].who.number, e[j].who.number)) < 0
}

// Push is the heap's.
func (e *events) Push(x any) { *e = append(*e, x.(event)) }

// Pop is the heap's.
func (e *events) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	*e = (*e)[:last]
	return x
}
