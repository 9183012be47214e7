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
	// day; up to twice as many are, in about 5 MB.
	visitorsInMind = 1 << 17
	// savedEvery is how long a count may be in memory alone, and so what a crash may lose.
	savedEvery = time.Second
)

// pageDay is what a landing page brought on one day.
type pageDay struct {
	bun.BaseModel `bun:"table:page_days,alias:day"`

	Page        string `bun:",pk"`
	Day         string `bun:",pk"` // "2026-11-22", where the team is
	Visitors    int64
	Conversions int64
}

type dayOf struct{ page, day string }

// counter counts the visitors of landing pages. Each counts once a day, and converts at
// most once: their browser says what was counted, and where that does not hold, as of two
// views at the same moment, memory does. A view waits for no disk: the counts of a second
// are added to their rows together, whatever other servers add to them.
type counter struct {
	db  *db.DB
	log *slog.Logger

	mu      sync.Mutex
	seen    *lately.Memory[bool] // whether the visitor of a page and day has converted
	waiting map[dayOf]*pageDay   // counted, and not yet in the database

	saving sync.Mutex // one write at a time: who has waited for it finds all written
}

func newCounter(d *db.DB, log *slog.Logger) *counter {
	return &counter{db: d, log: log, seen: lately.New[bool](visitorsInMind), waiting: map[dayOf]*pageDay{}}
}

// count adds a visit to its page and day, of a visitor who was counted before as told.
func (c *counter) count(page, day, visitor string, told counted, converted bool) {
	key := c.seen.Key(0, page+"\x00"+day+"\x00"+visitor)
	c.mu.Lock()
	defer c.mu.Unlock()
	before, known := c.seen.Find(key)
	before, known = before || told == countedConverted, known || told != countedNot
	if known && (before || !converted) {
		return
	}
	c.seen.Put(key, converted)
	add := pageDay{Page: page, Day: day}
	if !known {
		add.Visitors = 1
	}
	if converted {
		add.Conversions = 1
	}
	c.add(&add)
}

// add is called with the lock held. The first count that waits has all saved in a second.
func (c *counter) add(more *pageDay) {
	if len(c.waiting) == 0 {
		time.AfterFunc(savedEvery, c.saveInTime)
	}
	at := dayOf{more.Page, more.Day}
	if c.waiting[at] == nil {
		c.waiting[at] = &pageDay{Page: more.Page, Day: more.Day}
	}
	c.waiting[at].Visitors += more.Visitors
	c.waiting[at].Conversions += more.Conversions
}

// saveInTime tries again a second later when the database does not take the counts. They
// are few however long that lasts: one for each page and day.
func (c *counter) saveInTime() {
	if err := c.save(context.Background()); err != nil {
		c.log.Error("visits of pages not yet written down", "error", err)
	}
}

// save writes down what has been counted so far; when that fails it is kept.
func (c *counter) save(ctx context.Context) error {
	c.saving.Lock()
	defer c.saving.Unlock()
	c.mu.Lock()
	rows := make([]*pageDay, 0, len(c.waiting))
	for _, day := range c.waiting {
		rows = append(rows, day)
	}
	c.waiting = map[dayOf]*pageDay{}
	c.mu.Unlock()
	if len(rows) == 0 {
		return nil
	}
	if err := c.write(ctx, rows); err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, day := range rows {
			c.add(day)
		}
		return fmt.Errorf("visits of %d pages and days: %w", len(rows), err)
	}
	return nil
}

// write adds the counts to their rows, in the same order everywhere, so that two servers
// cannot wait for each other.
func (c *counter) write(ctx context.Context, rows []*pageDay) error {
	slices.SortFunc(rows, func(a, b *pageDay) int {
		return cmp.Or(cmp.Compare(a.Page, b.Page), cmp.Compare(a.Day, b.Day))
	})
	return c.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewInsert().Model(&rows).On("CONFLICT (page, day) DO UPDATE").
			Set("visitors = day.visitors + EXCLUDED.visitors").Set("conversions = day.conversions + EXCLUDED.conversions").
			Returning("NULL").Exec(ctx)
		return err
	})
}

// Stop writes the last visits down. Call it when nobody is answered any more, before the database
// is closed.
func (s *Service) Stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := s.counter.save(ctx); err != nil {
		s.log.Error("visits of pages lost", "error", err)
	}
}
