package segments

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

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

// move lets leads enter and leave a segment, within tx. What changes for leads who
// are told is an event of theirs, unless they are dead. Row and event stand or fall together, so that
// whoever comes with the same news again finds the row and records nothing.
func (s *Service) move(ctx context.Context, tx db.Tx, seg *Segment, enter, leave []int64, told func(lead int64) bool, dead map[int64]bool) (changed []int64, err error) {
	now := s.clock.Now()
	var came, went []int64
	if len(enter) > 0 {
		rows := make([]*member, len(enter))
		for i, id := range enter {
			rows[i] = &member{SegmentID: seg.ID, LeadID: id, EnteredAt: now}
		}
		if err := tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Returning("lead_id").Scan(ctx, &came); err != nil {
			return nil, fmt.Errorf("segment %q: enter: %w", seg.Key, err)
		}
	}
	if len(leave) > 0 {
		if err := tx.NewDelete().Model((*member)(nil)).Where("segment_id = ?", seg.ID).Where("lead_id IN (?)", bun.List(leave)).
			Returning("lead_id").Scan(ctx, &went); err != nil {
			return nil, fmt.Errorf("segment %q: leave: %w", seg.Key, err)
		}
	}
	if len(came)+len(went) == 0 {
		return nil, nil
	}
	d := &day{SegmentID: seg.ID, Day: now.In(s.zone).Format(time.DateOnly)}
	var events []*leads.Event
	tell := func(name string, ids []int64, told func(int64) bool) (n int64) {
		slices.Sort(ids)
		for _, id := range ids {
			if !told(id) {
				continue
			}
			if n++; !dead[id] {
				events = append(events, &leads.Event{LeadID: id, Name: name, Properties: map[string]any{"segment": seg.Key}, Source: source, OccurredAt: now})
			}
		}
		return n
	}
	d.Entered = tell(leads.EventSegmentEntered, came, told)
	d.Gone = tell(leads.EventSegmentLeft, went, told)
	d.Filled = int64(len(came)-len(went)) - d.Entered + d.Gone
	if err := s.leads.Record(ctx, tx, events...); err != nil {
		return nil, err
	}
	return append(came, went...), s.count(ctx, tx, seg, d)
}

// count keeps the segment's size and the counts of the day.
func (s *Service) count(ctx context.Context, tx db.Tx, seg *Segment, d *day) error {
	change := d.Entered - d.Gone + d.Filled
	if err := tx.NewUpdate().Model((*Segment)(nil)).Set("size = size + ?", change).Where("id = ?", seg.ID).
		Returning("size").Scan(ctx, &d.Size); err != nil {
		return fmt.Errorf("segment %q: count: %w", seg.Key, err)
	}
	if _, err := tx.NewInsert().Model(d).On("CONFLICT (segment_id, day) DO UPDATE").
		Set("entered = day.entered + EXCLUDED.entered").Set("gone = day.gone + EXCLUDED.gone").
		Set("filled = day.filled + EXCLUDED.filled").Set("size = EXCLUDED.size").Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("segment %q: count the day: %w", seg.Key, err)
	}
	return nil
}

// membersAmong returns which of these leads are in which of these segments.
func membersAmong(ctx context.Context, idb bun.IDB, segments, ids []int64) (map[int64]map[int64]bool, error) {
	var rows []*member
	if err := idb.NewSelect().Model(&rows).Column("segment_id", "lead_id").Where("lead_id IN (?)", bun.List(ids)).
		Where("segment_id IN (?)", bun.List(segments)).Scan(ctx); err != nil {
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
