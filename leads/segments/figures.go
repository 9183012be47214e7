package segments

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/leads"
)

// Member is a lead in a segment and since when.
type Member struct {
	*leads.Lead
	EnteredAt time.Time `json:"entered_at"`
}

// Members returns members, the newest leads first, with ids below before (0: from the
// newest), and whether there are more.
func (s *Service) Members(ctx context.Context, seg *Segment, before int64, limit int) (page []Member, more bool, err error) {
	var rows []*member
	q := s.db.Read().NewSelect().Model(&rows).Where("segment_id = ?", seg.ID).Order("lead_id DESC").Limit(int64(limit) + 1)
	if before > 0 {
		q = q.Where("lead_id < ?", before)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, false, fmt.Errorf("segment %q: members: %w", seg.Key, err)
	}
	if len(rows) > limit {
		rows, more = rows[:limit], true
	}
	ids := make([]int64, len(rows))
	for i, m := range rows {
		ids[i] = m.LeadID
	}
	known, err := s.leads.FindMany(ctx, s.db.Read(), ids)
	if err != nil {
		return nil, false, err
	}
	for _, m := range rows {
		if l := known[m.LeadID]; l != nil {
			page = append(page, Member{l, m.EnteredAt.UTC()})
		}
	}
	return page, more, nil
}

// History is what became of a segment's members over the last days, today the last.
type History struct {
	Days          []time.Time // when each began
	Size          []float64   // at its end
	Entered, Gone []float64
	Filled        []float64 // brought, less taken away, by a new condition
}

// Sums are the counts of all the days: the size at the end is Before and all three.
func (h History) Sums() (before, entered, gone, filled int64) {
	for i := range h.Days {
		entered, gone, filled = entered+int64(h.Entered[i]), gone+int64(h.Gone[i]), filled+int64(h.Filled[i])
	}
	return int64(h.Size[len(h.Size)-1]) - entered + gone - filled, entered, gone, filled
}

// history returns the last days of segments, by id.
func (s *Service) history(ctx context.Context, segs []*Segment, days int) (map[int64]*History, error) {
	ids := make([]int64, len(segs))
	begins := s.begins(days)
	for i, seg := range segs {
		ids[i] = seg.ID
	}
	var rows []*day
	if len(ids) > 0 {
		if err := s.db.Read().NewSelect().Model(&rows).Where("segment_id IN (?)", bun.List(ids)).
			Where("day >= ?", begins[0].Format(time.DateOnly)).Scan(ctx); err != nil {
			return nil, fmt.Errorf("segments: history: %w", err)
		}
	}
	changed := map[int64]map[string]*day{}
	for _, d := range rows {
		if changed[d.SegmentID] == nil {
			changed[d.SegmentID] = map[string]*day{}
		}
		changed[d.SegmentID][d.Day] = d
	}
	out := make(map[int64]*History, len(segs))
	for _, seg := range segs {
		out[seg.ID] = unroll(begins, changed[seg.ID], seg.Size)
	}
	return out, nil
}

// begins returns when each of the last days began, today the last.
func (s *Service) begins(days int) []time.Time {
	y, m, d := s.now().Date()
	out := make([]time.Time, days)
	for i := range out {
		out[i] = time.Date(y, m, d-days+1+i, 0, 0, 0, 0, s.zone)
	}
	return out
}

// unroll goes back from today's size, day by day.
func unroll(begins []time.Time, changed map[string]*day, size int64) *History {
	n := len(begins)
	h := &History{begins, make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)}
	for i := n - 1; i >= 0; i-- {
		h.Size[i] = float64(size)
		if d := changed[begins[i].Format(time.DateOnly)]; d != nil {
			h.Entered[i], h.Gone[i], h.Filled[i] = float64(d.Entered), float64(d.Gone), float64(d.Filled)
			size -= d.Entered - d.Gone + d.Filled
		}
	}
	return h
}
