package forms

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/lately"
)

const (
	// visitorsInMind is how many visitors of late are remembered, so that one counts once a
	// day; up to twice as many are, in about 5 MB. Who sees a form on a landing page is one of
	// both.
	visitorsInMind = 1 << 17
	// savedEvery is how long a count may be in memory alone, and so what a crash may lose.
	savedEvery = time.Second
	// saveWithin is how long a write may take: a stop waits for one, and makes one.
	saveWithin = 2 * time.Second
)

// What is counted. Each has a table of its days, with a column of this name.
const (
	aPage = "page"
	aForm = "form"
)

// place is a landing page or a form, wherever that stands.
type place struct{ kind, key string }

type dayOf struct {
	place
	day string // "2026-11-22", where the team is
}

// brought is how many visitors there were, and how many of them sent the form.
type brought struct{ visitors, conversions int64 }

// counter counts the visitors of landing pages and forms. Each counts once a day, and
// converts at most once: their browser says what was counted, and where that does not hold,
// as of two views at the same moment, memory does. A view waits for no disk: the counts of a
// second are added to their rows together, whatever other servers add to them.
type counter struct {
	db  *db.DB
	log *slog.Logger

	mu      sync.Mutex
	seen    *lately.Memory[bool] // whether the visitor of a place and day has converted
	waiting map[dayOf]brought    // counted, and not yet in the database
	stopped bool                 // nothing is tried again

	saving sync.Mutex // one write at a time: who has waited for it finds all written
}

func newCounter(d *db.DB, log *slog.Logger) *counter {
	return &counter{db: d, log: log, seen: lately.New[bool](visitorsInMind), waiting: map[dayOf]brought{}}
}

// count adds a visit to its place and day, of a visitor who was counted before as told. Of
// one without a number there is nothing to remember: what is told holds.
func (c *counter) count(at place, day, visitor string, told counted, converted bool) {
	before, known := told == countedConverted, told != countedNot
	c.mu.Lock()
	defer c.mu.Unlock()
	var key uint64
	if visitor != "" {
		key = c.seen.Key(0, at.kind+"\x00"+at.key+"\x00"+day+"\x00"+visitor)
		sent, here := c.seen.Find(key)
		before, known = before || sent, known || here
	}
	if known && (before || !converted) {
		return
	}
	if visitor != "" {
		c.seen.Put(key, converted)
	}
	var more brought
	if !known {
		more.visitors = 1
	}
	if converted {
		more.conversions = 1
	}
	c.add(dayOf{at, day}, more)
}

// add is called with the lock held. The first count that waits has all saved in a second.
func (c *counter) add(at dayOf, more brought) {
	if len(c.waiting) == 0 && !c.stopped {
		time.AfterFunc(savedEvery, c.saveInTime)
	}
	sum := c.waiting[at]
	c.waiting[at] = brought{sum.visitors + more.visitors, sum.conversions + more.conversions}
}

// saveInTime tries again a second later when the database does not take the counts. They
// are few however long that lasts: one for each place and day.
func (c *counter) saveInTime() {
	if err := c.saveNow(); err != nil {
		c.log.Error("visits of pages and forms not yet written down", "error", err)
	}
}

// saveNow saves within bounds of its own. No request's end cuts it short: what was written
// all the same would count twice.
func (c *counter) saveNow() error {
	ctx, cancel := context.WithTimeout(context.Background(), saveWithin)
	defer cancel()
	return c.save(ctx)
}

// save writes down what has been counted so far; when that fails it is kept.
func (c *counter) save(ctx context.Context) error {
	c.saving.Lock()
	defer c.saving.Unlock()
	c.mu.Lock()
	counts := c.waiting
	c.waiting = map[dayOf]brought{}
	c.mu.Unlock()
	if len(counts) == 0 {
		return nil
	}
	if err := c.write(ctx, counts); err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		for at, sum := range counts {
			c.add(at, sum)
		}
		return fmt.Errorf("visits of %d places and days: %w", len(counts), err)
	}
	return nil
}

// pageDay and formDay are what one brought on one day.
type pageDay struct {
	bun.BaseModel `bun:"table:page_days,alias:day"`

	Key         string `bun:"page,pk"`
	Day         string `bun:",pk"`
	Visitors    int64
	Conversions int64
}

type formDay struct {
	bun.BaseModel `bun:"table:form_days,alias:day"`

	Key         string `bun:"form,pk"`
	Day         string `bun:",pk"`
	Visitors    int64
	Conversions int64
}

// write adds the counts to their rows, in the same order everywhere, so that two servers
// cannot wait for each other.
func (c *counter) write(ctx context.Context, counts map[dayOf]brought) error {
	var pages []pageDay
	var forms []formDay
	for at, sum := range counts {
		row := pageDay{Key: at.key, Day: at.day, Visitors: sum.visitors, Conversions: sum.conversions}
		if at.kind == aPage {
			pages = append(pages, row)
		} else {
			forms = append(forms, formDay(row))
		}
	}
	slices.SortFunc(pages, func(a, b pageDay) int { return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Day, b.Day)) })
	slices.SortFunc(forms, func(a, b formDay) int { return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Day, b.Day)) })
	return c.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := addDays(ctx, tx, aPage, pages); err != nil {
			return err
		}
		return addDays(ctx, tx, aForm, forms)
	})
}

func addDays[Row pageDay | formDay](ctx context.Context, tx db.Tx, kind string, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&rows).On("CONFLICT (?, day) DO UPDATE", bun.Ident(kind)).
		Set("visitors = day.visitors + EXCLUDED.visitors").Set("conversions = day.conversions + EXCLUDED.conversions").
		Returning("NULL").Exec(ctx)
	return err
}

// Stop writes the last visits down. Call it when nobody is answered any more, before the database
// is closed.
func (s *Service) Stop() {
	s.counter.mu.Lock()
	s.counter.stopped = true
	s.counter.mu.Unlock()
	if err := s.counter.saveNow(); err != nil {
		s.log.Error("visits of pages and forms lost", "error", err)
	}
}
