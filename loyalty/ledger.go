package loyalty

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/leads"
)

// Why an entry was made.
const (
	KindEarn   = "earn"   // by an earning rule
	KindAward  = "award"  // by a journey, or by hand
	KindRedeem = "redeem" // spent
	KindAdjust = "adjust" // put right by hand
)

// Entry is one line of the ledger. Points are negative when they were spent.
type Entry struct {
	bun.BaseModel `bun:"table:ledger_entries,alias:entry"`

	ID        int64     `bun:",pk,autoincrement" json:"id"`
	LeadID    int64     `json:"lead_id"`
	Points    int64     `json:"points"`
	Kind      string    `json:"kind"`
	Rule      string    `json:"rule,omitempty"` // the key of the earning rule
	Reason    i18n.Text `bun:"type:jsonb" json:"reason"`
	EffectKey string    `json:"effect_key"` // the same key twice is the same entry
	At        time.Time `json:"at"`
}

// Award is points to be given, or with a negative number taken, for a reason of
// one's own. EffectKey makes it happen once however often it is asked for: begin
// it with what you are, as in "journey:12:step3".
type Award struct {
	LeadID    int64
	Points    int64
	Reason    i18n.Text
	EffectKey string
}

// Award gives points within tx and records that they were earned. The same effect
// key again changes nothing and is no error.
func (s *Service) Award(ctx context.Context, tx db.Tx, a Award) error {
	if a.Points <= 0 {
		return errs.Fields{"points": "errors.loyalty.positive"}
	}
	return s.post(ctx, tx, []*Entry{s.entry(a, KindAward, a.Points)})
}

// Redeem spends points within tx. A balance that does not cover them is a Conflict;
// the same effect key again changes nothing.
func (s *Service) Redeem(ctx context.Context, tx db.Tx, a Award) error {
	if a.Points <= 0 {
		return errs.Fields{"points": "errors.loyalty.positive"}
	}
	return s.take(ctx, tx, s.entry(a, KindRedeem, -a.Points))
}

// Adjust puts a balance right within tx, up or down. It cannot bring it below zero:
// that is a Conflict. The same effect key again changes nothing.
func (s *Service) Adjust(ctx context.Context, tx db.Tx, a Award) error {
	if a.Points == 0 {
		return errs.Fields{"points": "errors.loyalty.not_zero"}
	}
	return s.take(ctx, tx, s.entry(a, KindAdjust, a.Points))
}

func (s *Service) entry(a Award, kind string, points int64) *Entry {
	return &Entry{
		LeadID: a.LeadID, Points: points, Kind: kind, Reason: a.Reason,
		EffectKey: a.EffectKey, At: s.clock.Now(),
	}
}

// take posts an entry that may lower a balance, but never below zero.
func (s *Service) take(ctx context.Context, tx db.Tx, e *Entry) error {
	if err := s.lock(ctx, tx, []*Entry{e}); err != nil {
		return err
	}
	known, err := tx.NewSelect().Model((*Entry)(nil)).Where("effect_key = ?", e.EffectKey).Exists(ctx)
	if err != nil || known {
		return err
	}
	have, err := s.Balances(ctx, tx, []int64{e.LeadID})
	if err != nil {
		return err
	}
	if have[e.LeadID]+e.Points < 0 && e.Points < 0 {
		return fmt.Errorf("lead %d has %d points, %d are wanted: %w", e.LeadID, have[e.LeadID], -e.Points, errs.Conflict)
	}
	return s.post(ctx, tx, []*Entry{e})
}

// post adds entries and brings the balances along. Entries whose effect key is known
// are left out.
//
// Locks are taken in one order, balances by lead and then entries by effect key, so
// that writers wait for each other and do not embrace.
func (s *Service) post(ctx context.Context, tx db.Tx, entries []*Entry) error {
	if len(entries) == 0 {
		return nil
	}
	for _, e := range entries {
		if e.EffectKey == "" {
			return fmt.Errorf("points for lead %d: an entry needs an effect key: %w", e.LeadID, errs.Invalid)
		}
		if e.Reason == nil {
			e.Reason = i18n.Text{}
		}
	}
	if err := s.lock(ctx, tx, entries); err != nil {
		return err
	}
	fresh, err := insert(ctx, tx, entries)
	if err != nil || len(fresh) == 0 {
		return err
	}
	after, err := s.bringAlong(ctx, tx, fresh)
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, fresh, after)
}

// lock makes sure that the leads' balances are there and holds them until the
// transaction ends. SQLite has one writer and needs no lock.
func (s *Service) lock(ctx context.Context, tx db.Tx, entries []*Entry) error {
	ids := make([]int64, len(entries))
	for i, e := range entries {
		ids[i] = e.LeadID
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	rows := make([]*balance, len(ids))
	for i, id := range ids {
		rows[i] = &balance{LeadID: id, UpdatedAt: s.clock.Now()}
	}
	if _, err := tx.NewInsert().Model(&rows).On("CONFLICT (lead_id) DO NOTHING").Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("balances: make: %w", err)
	}
	if s.db.Dialect() == db.SQLite {
		return nil
	}
	var held []int64
	if err := tx.NewSelect().Model((*balance)(nil)).Column("lead_id").
		Where("lead_id IN (?)", bun.List(ids)).Order("lead_id").For("UPDATE").Scan(ctx, &held); err != nil {
		return fmt.Errorf("balances: lock: %w", err)
	}
	return nil
}

// insert writes the entries that are new and returns them.
func insert(ctx context.Context, tx db.Tx, entries []*Entry) ([]*Entry, error) {
	sorted := slices.SortedFunc(slices.Values(entries), func(a, b *Entry) int { return strings.Compare(a.EffectKey, b.EffectKey) })
	sorted = slices.CompactFunc(sorted, func(a, b *Entry) bool { return a.EffectKey == b.EffectKey })
	var made []string
	if err := tx.NewInsert().Model(&sorted).ExcludeColumn("id").
		On("CONFLICT (effect_key) DO NOTHING").Returning("effect_key").Scan(ctx, &made); err != nil {
		return nil, fmt.Errorf("ledger: write: %w", err)
	}
	return slices.DeleteFunc(sorted, func(e *Entry) bool { return !slices.Contains(made, e.EffectKey) }), nil
}

// bringAlong adds new entries to the balances and returns what these then are.
func (s *Service) bringAlong(ctx context.Context, tx db.Tx, fresh []*Entry) (map[int64]int64, error) {
	sums := map[int64]int64{}
	for _, e := range fresh {
		sums[e.LeadID] += e.Points
	}
	rows := make([]*balance, 0, len(sums))
	for id, points := range sums {
		rows = append(rows, &balance{LeadID: id, Points: points, UpdatedAt: s.clock.Now()})
	}
	var now []*balance
	if err := tx.NewInsert().Model(&rows).On("CONFLICT (lead_id) DO UPDATE").
		Set("points = balance.points + EXCLUDED.points").Set("updated_at = EXCLUDED.updated_at").
		Returning("lead_id, points").Scan(ctx, &now); err != nil {
		return nil, fmt.Errorf("balances: bring along: %w", err)
	}
	after := make(map[int64]int64, len(now))
	for _, b := range now {
		after[b.LeadID] = b.Points
	}
	return after, nil
}

// tell records on the timelines what was earned. The balance that an event carries
// is the one after it.
func (s *Service) tell(ctx context.Context, tx db.Tx, fresh []*Entry, after map[int64]int64) error {
	var events []*leads.Event
	running := map[int64]int64{}
	for _, e := range fresh {
		running[e.LeadID] -= e.Points
	}
	for _, e := range fresh {
		running[e.LeadID] += e.Points
		if e.Kind != KindEarn && e.Kind != KindAward {
			continue
		}
		properties := map[string]any{"points": e.Points, "balance": after[e.LeadID] + running[e.LeadID]}
		if e.Rule != "" {
			properties["rule"] = e.Rule
		}
		events = append(events, &leads.Event{
			MessageID: "points:" + e.EffectKey, LeadID: e.LeadID, Name: leads.EventPointsEarned,
			Properties: properties, Source: "loyalty", OccurredAt: e.At,
		})
	}
	return s.leads.Record(ctx, tx, events...)
}
