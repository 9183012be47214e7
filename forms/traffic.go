package forms

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/lately"
	"github.com/sarnakh/sarnakh/internal/web"
)

// visitorsInMind is how many visitors of late are remembered, so that one counts once a
// day; up to twice as many are, in about 5 MB.
const visitorsInMind = 1 << 17

// pageDay is what a landing page brought on one day.
type pageDay struct {
	bun.BaseModel `bun:"table:page_days,alias:day"`

	Page        string `bun:",pk"`
	Day         string `bun:",pk"` // "2026-11-22", where the team is
	Visitors    int64
	Conversions int64
}

// counter counts the visitors of landing pages. Each counts once a day, and converts at
// most once; after a restart it may count somebody again.
type counter struct {
	mu   sync.Mutex
	seen *lately.Memory[bool] // whether the visitor of a page and day has converted
	save *db.Batcher[*pageDay]
}

func newCounter(d *db.DB) *counter {
	return &counter{seen: lately.New[bool](visitorsInMind), save: db.NewBatcher(d, mostAtOnce, saveDays)}
}

// count is what this visit adds to its page and day; nil for nothing.
func (c *counter) count(page, day, visitor string, converted bool) *pageDay {
	key := c.seen.Key(0, page+"\x00"+day+"\x00"+visitor)
	c.mu.Lock()
	defer c.mu.Unlock()
	before, known := c.seen.Find(key)
	if known && (before || !converted) {
		return nil
	}
	c.seen.Put(key, converted)
	add := &pageDay{Page: page, Day: day}
	if !known {
		add.Visitors = 1
	}
	if converted {
		add.Conversions = 1
	}
	return add
}

// saveDays adds a batch up, one row for each page and day, in one order everywhere.
func saveDays(ctx context.Context, tx db.Tx, batch []*pageDay) error {
	var rows []*pageDay
	for _, add := range batch {
		i := slices.IndexFunc(rows, func(r *pageDay) bool { return r.Page == add.Page && r.Day == add.Day })
		if i < 0 {
			rows = append(rows, &pageDay{Page: add.Page, Day: add.Day})
			i = len(rows) - 1
		}
		rows[i].Visitors += add.Visitors
		rows[i].Conversions += add.Conversions
	}
	slices.SortFunc(rows, func(a, b *pageDay) int {
		return cmp.Or(cmp.Compare(a.Page, b.Page), cmp.Compare(a.Day, b.Day))
	})
	_, err := tx.NewInsert().Model(&rows).On("CONFLICT (page, day) DO UPDATE").
		Set("visitors = day.visitors + EXCLUDED.visitors").Set("conversions = day.conversions + EXCLUDED.conversions").
		Returning("NULL").Exec(ctx)
	return err
}

// counts reports whether a visit is one of a visitor: not of a program, of the team, of a
// signed preview or of a browser that only looks ahead.
func (v *visit) counts(r *http.Request) bool {
	return !v.preview && byVisitor(r)
}

// countVisit writes down that the page was seen, or that its form was sent. A visitor is
// served all the same when that fails: one count less is the smaller harm.
func (s *Service) countVisit(r *http.Request, v *visit, converted bool) {
	add := s.counter.count(v.page.Key, s.clock.Now().In(s.kit.Zone).Format(time.DateOnly), v.visitor, converted)
	if add == nil {
		return
	}
	if err := s.counter.save.Do(r.Context(), add); err != nil {
		s.log.Error("visit not counted", "page", v.page.Key, "request", web.RequestID(r), "error", err)
	}
}

// Traffic is what a landing page brought in the days that were looked at.
type Traffic struct {
	Page        *LandingPage
	Days        int   // whole days since it was first counted; 0 while that is today
	Visitors    int64 // each once a day
	Conversions int64 // those of them who sent the form
}

// Traffic adds up what each landing page brought in its newest whole days, at most so
// many. Of a page that has none, today is told.
func (s *Service) Traffic(ctx context.Context, days int) ([]Traffic, error) {
	pages, err := s.Pages(ctx)
	if err != nil || len(pages) == 0 {
		return nil, err
	}
	keys := make([]string, len(pages))
	for i, p := range pages {
		keys[i] = p.Key
	}
	today := s.clock.Now().In(s.kit.Zone)
	var rows []*pageDay
	if err := s.db.Read().NewSelect().Model(&rows).Where("page IN (?)", bun.List(keys)).Where("day >= ?", today.AddDate(0, 0, -days).Format(time.DateOnly)).
		Order("page", "day").Limit(int64(len(pages)) * int64(days+2)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("pages: traffic: %w", err)
	}
	// A page that was quiet for a while is no page that was not there.
	var begun []*pageDay
	if err := s.db.Read().NewSelect().Model(&begun).Column("page").ColumnExpr("min(day) AS day").Where("page IN (?)", bun.List(keys)).
		Group("page").Scan(ctx); err != nil {
		return nil, fmt.Errorf("pages: traffic: %w", err)
	}
	first := make(map[string]string, len(begun))
	for _, b := range begun {
		first[b.Page] = b.Day
	}
	out := make([]Traffic, len(pages))
	for i, p := range pages {
		mine := slices.DeleteFunc(slices.Clone(rows), func(r *pageDay) bool { return r.Page != p.Key })
		if out[i], err = sum(p, mine, first[p.Key], today, days); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sum adds up the newest days of a page that was first counted on begun, today only where
// there is no other.
func sum(p *LandingPage, rows []*pageDay, begun string, today time.Time, days int) (Traffic, error) {
	t := Traffic{Page: p}
	if begun == "" {
		return t, nil
	}
	first, err := time.Parse(time.DateOnly, begun)
	if err != nil {
		return t, fmt.Errorf("page %q: %w", p.Key, err)
	}
	now, err := time.Parse(time.DateOnly, today.Format(time.DateOnly))
	if err != nil {
		return t, fmt.Errorf("page %q: %w", p.Key, err)
	}
	t.Days = min(days, max(0, int(now.Sub(first)/(24*time.Hour))))
	for _, r := range rows {
		if t.Days == 0 || r.Day != now.Format(time.DateOnly) {
			t.Visitors += r.Visitors
			t.Conversions += r.Conversions
		}
	}
	return t, nil
}
