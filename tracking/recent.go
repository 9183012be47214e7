package tracking

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
)

const (
	// mostRecent is how many of a source's last messages are kept.
	mostRecent = 50
	// recentLife is how long they are shown: they serve whoever is connecting a
	// source, and nobody else needs them.
	recentLife = 24 * time.Hour
	// writeEvery is how long they are gathered before they are written down.
	writeEvery = time.Second
)

// What became of a message.
const (
	stateAccepted = "accepted"
	stateRepeated = "repeated"
	stateRefused  = "refused"
)

// Entry is one of the last messages of a source, without what was said in it.
type Entry struct {
	At      time.Time `json:"at"`
	Kind    string    `json:"type"`
	Name    string    `json:"name"` // of the event
	State   string    `json:"state"`
	Field   string    `json:"field,omitempty"` // which was wrong
	Why     string    `json:"why,omitempty"`   // a key of the catalogue
	LeadID  int64     `json:"lead_id,omitempty"`
	Visitor string    `json:"visitor,omitempty"` // the beginning of the browser's number
}

// sourceLog is the row that holds them.
type sourceLog struct {
	bun.BaseModel `bun:"table:source_logs,alias:source_log"`

	SourceID int64   `bun:",pk"`
	Entries  []Entry `bun:"type:jsonb"` // the newest first
}

// recent gathers the last messages of all sources and writes them down once a second,
// so that they cost a busy source nothing. What the last second brought is lost with
// the process; the messages themselves are not.
type recent struct {
	s *Service

	mu      sync.Mutex
	pending map[int64][]Entry // the oldest first
	timer   *time.Timer       // nil while nothing is pending
}

func newRecent(s *Service) *recent { return &recent{s: s, pending: map[int64][]Entry{}} }

// note keeps entries of a source, in the order in which they came.
func (r *recent) note(source int64, entries ...Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := append(r.pending[source], entries...)
	r.pending[source] = slices.Clone(all[max(0, len(all)-mostRecent):])
	if r.timer == nil {
		r.timer = time.AfterFunc(writeEvery, func() {
			if err := r.write(context.Background()); err != nil {
				r.s.log.Warn("the last messages of the sources were not written down", "error", err)
			}
		})
	}
}

// write writes down what is pending.
func (r *recent) write(ctx context.Context) error {
	r.mu.Lock()
	pending := r.pending
	r.pending = map[int64][]Entry{}
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
	r.mu.Unlock()
	if len(pending) == 0 {
		return nil
	}
	return r.s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		for _, source := range slices.Sorted(maps.Keys(pending)) {
			if err := r.s.writeRecent(ctx, tx, source, pending[source]); err != nil {
				return fmt.Errorf("source %d: %w", source, err)
			}
		}
		return nil
	})
}

func (s *Service) writeRecent(ctx context.Context, tx db.Tx, source int64, entries []Entry) error {
	now := s.clock.Now()
	// The row of the source stands for its log: two servers take turns.
	if _, err := tx.NewUpdate().Model((*Source)(nil)).Set("last_seen_at = ?", now).Where("id = ?", source).Exec(ctx); err != nil {
		return err
	}
	entries = slices.Clone(entries)
	slices.Reverse(entries)
	before, err := readRecent(ctx, tx, source, now)
	if err != nil {
		return err
	}
	log := sourceLog{SourceID: source, Entries: append(entries, before...)}
	log.Entries = log.Entries[:min(len(log.Entries), mostRecent)]
	_, err = tx.NewInsert().Model(&log).On("CONFLICT (source_id) DO UPDATE").Set("entries = EXCLUDED.entries").Returning("NULL").Exec(ctx)
	return err
}

// readRecent is the last messages of a source, the newest first.
func readRecent(ctx context.Context, idb bun.IDB, source int64, now time.Time) ([]Entry, error) {
	var log sourceLog
	err := idb.NewSelect().Model(&log).Where("source_id = ?", source).Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	return slices.DeleteFunc(log.Entries, func(e Entry) bool { return now.Sub(e.At) > recentLife }), nil
}

// Recent returns the last messages of a source, at most 50 of the last day, the newest
// first, refused ones too.
func (s *Service) Recent(ctx context.Context, source int64) ([]Entry, error) {
	if err := s.recent.write(ctx); err != nil {
		return nil, fmt.Errorf("sources: last messages: %w", err)
	}
	entries, err := readRecent(ctx, s.db.Read(), source, s.clock.Now())
	if err != nil {
		return nil, fmt.Errorf("source %d: last messages: %w", source, err)
	}
	return entries, nil
}
