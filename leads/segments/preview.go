package segments

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
)

// Preview is whom a condition finds, before there is a segment of it.
type Preview struct {
	// Counted is false when counting took longer than it may: Count and Sample are
	// empty then, and Slow holds the parts that make the database read most.
	Counted bool
	Count   int64
	Sample  []*leads.Lead // the newest
	Took    time.Duration
	Slow    []conditions.Condition
}

const (
	sampleSize = 10
	// previewLimit is how long somebody who edits a condition waits for its count.
	previewLimit = 2 * time.Second
)

// Preview counts the leads for whom a condition holds and shows the newest of them,
// within a limit of time; the statement is cancelled then. A condition that makes no
// sense is errs.Fields.
func (s *Service) Preview(ctx context.Context, c conditions.Condition, limit time.Duration) (*Preview, error) {
	began := wallClock()
	read := s.db.Read()
	q, err := s.holding(read.NewSelect().Model((*leads.Lead)(nil)).ColumnExpr("count(*)").Where(leads.Living), c, false)
	if err != nil {
		return nil, errs.Fields{"condition": err.Error()}
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	p := &Preview{Counted: true}
	err = q.Scan(limited, &p.Count)
	if err == nil && p.Count > 0 {
		p.Sample, err = s.sample(limited, c)
	}
	p.Took = wallClock().Sub(began)
	switch {
	case err == nil:
		return p, nil
	case ctx.Err() == nil && limited.Err() != nil:
		return &Preview{Took: p.Took, Slow: slow(c)}, nil
	}
	return nil, fmt.Errorf("segments: preview: %w", err)
}

func (s *Service) sample(ctx context.Context, c conditions.Condition) (found []*leads.Lead, err error) {
	q, err := s.holding(s.db.Read().NewSelect().Model(&found).Where(leads.Living), c, false)
	if err != nil {
		return nil, err
	}
	return found, q.Order("lead.id DESC").Limit(sampleSize).Scan(ctx)
}

// slow are the single conditions that no index narrows down: a text looked for inside
// of others, and what anybody has ever done.
func slow(c conditions.Condition) (out []conditions.Condition) {
	parts := slices.Concat(c.All, c.Any)
	if c.Not != nil {
		parts = append(parts, *c.Not)
	}
	for _, part := range parts {
		out = append(out, slow(part)...)
	}
	if c.Field != "" && c.Contains != "" || c.Event != "" && c.Within == 0 {
		out = append(out, c)
	}
	return out
}

// Why is the reason for which a lead is in a segment, or not.
type Why struct {
	Segment   *Segment
	Lead      *leads.Lead
	Member    bool
	EnteredAt time.Time              // of members
	Reason    conditions.Explanation // as of now; empty for a static segment
}

// Why says condition by condition why a lead is in a segment, or not, and what was
// seen. A lead that was merged into another is that other one.
func (s *Service) Why(ctx context.Context, key string, leadID int64) (*Why, error) {
	seg, err := s.Find(ctx, s.db.Read(), key)
	if err != nil {
		return nil, err
	}
	l, err := s.leads.Find(ctx, s.db.Read(), leadID)
	if err != nil {
		return nil, err
	}
	if l.MergedInto != 0 {
		return s.Why(ctx, key, l.MergedInto)
	}
	w := &Why{Segment: seg, Lead: l}
	if w.EnteredAt, err = s.enteredAt(ctx, seg.ID, l.ID); err != nil {
		return nil, err
	}
	w.Member = !w.EnteredAt.IsZero()
	if !seg.dynamic() {
		return w, nil
	}
	c := seg.Definition.Who()
	facts, err := s.leads.Facts(ctx, s.db.Read(), []int64{l.ID}, c)
	if err != nil {
		return nil, err
	}
	if f := facts[l.ID]; f != nil {
		w.Reason = c.Explain(*f, s.now())
	} else { // erased
		w.Reason = conditions.Explanation{Condition: c}
	}
	return w, nil
}

func (s *Service) enteredAt(ctx context.Context, segment, lead int64) (time.Time, error) {
	var found []*member
	if err := s.db.Read().NewSelect().Model(&found).Where("segment_id = ?", segment).Where("lead_id = ?", lead).Scan(ctx); err != nil {
		return time.Time{}, fmt.Errorf("segment %d: lead %d: %w", segment, lead, err)
	}
	if len(found) == 0 {
		return time.Time{}, nil
	}
	return found[0].EnteredAt.UTC(), nil
}

// Of returns the segments that a lead is in and since when, by key: for the lead's page
// and its export. Inside a transaction pass it as idb.
func (s *Service) Of(ctx context.Context, idb bun.IDB, leadID int64) ([]Membership, error) {
	var rows []Membership
	if err := idb.NewSelect().TableExpr("segment_members AS m").Join("JOIN segments AS s ON s.id = m.segment_id").
		ColumnExpr("s.key, s.definition, m.entered_at").Where("m.lead_id = ?", leadID).OrderExpr("s.key").Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("lead %d: segments: %w", leadID, err)
	}
	return rows, nil
}

// Membership is a segment that a lead is in.
type Membership struct {
	Key        string
	Definition Definition `bun:"type:jsonb"`
	EnteredAt  time.Time
}
