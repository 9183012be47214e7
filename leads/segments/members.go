package segments

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// member is that a lead is in a segment.
type member struct {
	bun.BaseModel `bun:"table:segment_members,alias:member"`

	SegmentID int64
	LeadID    int64
	EnteredAt time.Time
}

// day is what changed in a segment on one day.
type day struct {
	bun.BaseModel `bun:"table:segment_days,alias:day"`

	SegmentID int64
	Day       string // 2006-01-02, in the workspace's zone
	Entered   int64  // by something that happened to them
	Gone      int64  // likewise
	Filled    int64  // brought by a new condition, less those it took away
	Size      int64  // at the end of the day
}

// source is who the events are reported by.
const source = "segments"

// move lets leads enter and leave segments, within tx, and returns who did, by segment.
// What changes for leads who are told is an event of theirs, unless they are not alive.
// Row and event stand or fall together, so that whoever comes with the same news again
// finds the row and records nothing.
func (s *Service) move(ctx context.Context, tx db.Tx, moves []moving, alive map[int64]*conditions.Facts) (map[int64][]int64, error) {
	came, err := enter(ctx, tx, moves, s.clock.Now())
	if err != nil {
		return nil, err
	}
	went, err := leave(ctx, tx, moves)
	if err != nil {
		return nil, err
	}
	now, changed := s.clock.Now(), map[int64][]int64{}
	var events []*leads.Event
	var days []*day
	for _, m := range moves {
		tell := func(name string, ids []int64) (n int64) {
			slices.Sort(ids)
			for _, id := range ids {
				if !m.told(id) {
					continue
				}
				if n++; alive[id] != nil {
					events = append(events, &leads.Event{LeadID: id, Name: name, Properties: map[string]any{"segment": m.Key}, Source: source, OccurredAt: now})
				}
			}
			return n
		}
		in, out := came[m.ID], went[m.ID]
		if len(in)+len(out) == 0 {
			continue
		}
		d := &day{SegmentID: m.ID, Day: now.In(s.zone).Format(time.DateOnly)}
		d.Entered, d.Gone = tell(leads.EventSegmentEntered, in), tell(leads.EventSegmentLeft, out)
		d.Filled = int64(len(in)-len(out)) - d.Entered + d.Gone
		days, changed[m.ID] = append(days, d), slices.Concat(in, out)
	}
	if len(days) == 0 {
		return nil, nil
	}
	if err := s.leads.Record(ctx, tx, events...); err != nil {
		return nil, err
	}
	return changed, s.count(ctx, tx, days)
}

// enter adds members, and returns who was none before.
func enter(ctx context.Context, tx db.Tx, moves []moving, now time.Time) (map[int64][]int64, error) {
	var rows, made []*member
	for _, m := range moves {
		for _, id := range m.enter {
			rows = append(rows, &member{SegmentID: m.ID, LeadID: id, EnteredAt: now})
		}
	}
	if len(rows) == 0 {
		return nil, nil
	}
	if err := tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Returning("segment_id, lead_id").Scan(ctx, &made); err != nil {
		return nil, fmt.Errorf("segments: enter: %w", err)
	}
	return bySegment(made), nil
}

// leave takes members out, and returns who was one.
func leave(ctx context.Context, tx db.Tx, moves []moving) (map[int64][]int64, error) {
	var pairs []string
	for _, m := range moves {
		for _, id := range m.leave {
			pairs = append(pairs, fmt.Sprintf("(%d, %d)", m.ID, id))
		}
	}
	if len(pairs) == 0 {
		return nil, nil
	}
	var gone []*member
	if err := tx.NewDelete().Model((*member)(nil)).Where("(segment_id, lead_id) IN (VALUES ?)", bun.Safe(strings.Join(pairs, ", "))).
		Returning("segment_id, lead_id").Scan(ctx, &gone); err != nil {
		return nil, fmt.Errorf("segments: leave: %w", err)
	}
	return bySegment(gone), nil
}

func bySegment(rows []*member) map[int64][]int64 {
	out := map[int64][]int64{}
	for _, m := range rows {
		out[m.SegmentID] = append(out[m.SegmentID], m.LeadID)
	}
	return out
}

// count keeps the sizes of segments and the counts of their day.
func (s *Service) count(ctx context.Context, tx db.Tx, days []*day) error {
	slices.SortFunc(days, func(a, b *day) int { return cmp.Compare(a.SegmentID, b.SegmentID) })
	ids, changes := make([]int64, len(days)), make([]string, len(days))
	for i, d := range days {
		ids[i], changes[i] = d.SegmentID, fmt.Sprintf("WHEN %d THEN %d", d.SegmentID, d.Entered-d.Gone+d.Filled)
	}
	// In one order, so that two who count wait for each other instead of for ever.
	if err := s.lock(ctx, tx, "SELECT count(*) FROM (SELECT id FROM segments WHERE id IN (?) ORDER BY id FOR NO KEY UPDATE) AS locked", bun.List(ids)); err != nil {
		return err
	}
	var sizes []*Segment
	if err := tx.NewUpdate().Model((*Segment)(nil)).Set("size = size + CASE id ? END", bun.Safe(strings.Join(changes, " "))).
		Where("id IN (?)", bun.List(ids)).Returning("id, size").Scan(ctx, &sizes); err != nil {
		return fmt.Errorf("segments: count: %w", err)
	}
	for _, seg := range sizes {
		days[slices.Index(ids, seg.ID)].Size = seg.Size
	}
	if _, err := tx.NewInsert().Model(&days).On("CONFLICT (segment_id, day) DO UPDATE").
		Set("entered = day.entered + EXCLUDED.entered").Set("gone = day.gone + EXCLUDED.gone").
		Set("filled = day.filled + EXCLUDED.filled").Set("size = EXCLUDED.size").Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("segments: count the day: %w", err)
	}
	return nil
}

// membersAmong returns which of these leads are in which segments.
func membersAmong(ctx context.Context, idb bun.IDB, ids []int64) (map[int64]map[int64]bool, error) {
	var rows []*member
	if err := idb.NewSelect().Model(&rows).Column("segment_id", "lead_id").Where("lead_id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("segments: members: %w", err)
	}
	in := map[int64]map[int64]bool{}
	for _, m := range rows {
		if in[m.SegmentID] == nil {
			in[m.SegmentID] = map[int64]bool{}
		}
		in[m.SegmentID][m.LeadID] = true
	}
	return in, nil
}
