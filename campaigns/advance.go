package campaigns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/campaigns/journey"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/workers"
)

// move is what is to be done for one job: an enrollment taken on from where it
// stands. Without an enrollment, or with one that has ended, there is nothing left
// to do but to finish the job.
type move struct {
	job        workers.Job
	enrollment *Enrollment
	journey    *Journey
	track      *track
	points     int64
	gone       bool // the lead was merged into another, or erased
	decided    []journey.Decision
	next       journey.State
	now        time.Time // when it was decided: the interpreter's present
}

func (m *move) lead() int64 {
	if m.enrollment == nil {
		return 0
	}
	return m.enrollment.LeadID
}

// idle says whether nothing happens but the job's end.
func (m *move) idle() bool { return m.enrollment == nil || m.gone || m.journey.State != StateActive }

// advance takes a batch of enrollments on. The whole batch shares one transaction;
// when that fails each is tried alone, so that one bad enrollment stops nobody else.
func (s *Service) advance(ctx context.Context, b *workers.Batch) error {
	moves, failed, err := s.plan(ctx, b.Jobs)
	if err != nil {
		return err
	}
	if err := s.carryOut(ctx, b, moves); err != nil {
		if len(moves) == 1 {
			return errors.Join(failed, err)
		}
		for _, m := range moves {
			failed = errors.Join(failed, s.carryOut(ctx, b, []*move{m}))
		}
	}
	return failed
}

// plan reads what the jobs are about and lets the interpreter decide. The second
// result tells of enrollments that could not be read: their jobs stay unfinished.
func (s *Service) plan(ctx context.Context, jobs []workers.Job) (moves []*move, failed, err error) {
	idb, now := s.db.Read(), s.clock.Now()
	refs := make([]int64, len(jobs))
	for i, j := range jobs {
		refs[i] = j.Ref
	}
	var rows []*Enrollment
	if err := idb.NewSelect().Model(&rows).Where("id IN (?)", bun.List(refs)).Scan(ctx); err != nil {
		return nil, nil, fmt.Errorf("enrollments: load: %w", err)
	}
	enrollments := make(map[int64]*Enrollment, len(rows))
	var leadIDs, journeyIDs []int64
	for _, e := range rows {
		if e.State == EnrollmentActive {
			enrollments[e.ID] = e
			leadIDs, journeyIDs = append(leadIDs, e.LeadID), append(journeyIDs, e.JourneyID)
		}
	}
	journeys, err := s.journeysByID(ctx, idb, journeyIDs)
	if err != nil {
		return nil, nil, err
	}
	tracks, failed := s.tracksOf(ctx, idb, enrollments)
	var asked []conditions.Condition
	for _, t := range tracks {
		asked = append(asked, t.Asks()...)
	}
	facts, err := s.leads.Facts(ctx, idb, leadIDs, asked...)
	if err != nil {
		return nil, nil, err
	}
	points, err := s.leads.Numbers(ctx, idb, leadIDs, conditions.NumberPoints)
	if err != nil {
		return nil, nil, err
	}
	ways, err := s.waysOf(ctx, enrollments, tracks)
	if err != nil {
		return nil, nil, err
	}
	for _, job := range jobs {
		m := &move{job: job, now: now, enrollment: enrollments[job.Ref]}
		if m.enrollment != nil {
			m.journey = journeys[m.enrollment.JourneyID]
			m.track, m.points = tracks[m.enrollment.VersionID], int64(points[m.enrollment.LeadID])
			if m.track == nil {
				continue // told by tracksOf
			}
			m.decide(facts[m.enrollment.LeadID], ways[m.enrollment.LeadID])
		}
		moves = append(moves, m)
	}
	// In one order, so that two batches that touch the same leads wait for each other
	// and do not embrace.
	slices.SortStableFunc(moves, func(a, b *move) int { return cmp.Compare(a.lead(), b.lead()) })
	return moves, failed, nil
}

// tracksOf reads the versions that the enrollments are on, by their ids, and says which
// could not be read.
func (s *Service) tracksOf(ctx context.Context, idb bun.IDB, enrollments map[int64]*Enrollment) (map[int64]*track, error) {
	out := map[int64]*track{}
	var failed error
	for _, e := range enrollments {
		if _, known := out[e.VersionID]; known {
			continue
		}
		t, err := s.track(ctx, idb, e.VersionID)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("enrollment %d: %w", e.ID, err))
		}
		out[e.VersionID] = t
	}
	maps.DeleteFunc(out, func(_ int64, t *track) bool { return t == nil })
	return out, failed
}

// decide runs the interpreter; for who must not be taken on it decides nothing.
func (m *move) decide(facts *conditions.Facts, ways journey.Ways) {
	if facts == nil {
		m.gone = true
		return
	}
	m.next = m.enrollment.position()
	if !m.idle() {
		m.decided, m.next = journey.Advance(m.track.Program, m.next, *facts, ways, m.now)
	}
}

func (s *Service) journeysByID(ctx context.Context, idb bun.IDB, ids []int64) (map[int64]*Journey, error) {
	out := map[int64]*Journey{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []*Journey
	if err := idb.NewSelect().Model(&rows).Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("journeys: read: %w", err)
	}
	for _, j := range rows {
		out[j.ID] = j
	}
	return out, nil
}

// errMoved is returned when a journey was paused or resumed between reading and
// writing; the job is tried again on what holds now.
var errMoved = errors.New("the journey was paused or resumed meanwhile")

// carryOut does what was decided, and ends the jobs, in one transaction.
func (s *Service) carryOut(ctx context.Context, b *workers.Batch, moves []*move) error {
	if len(moves) == 0 {
		return nil
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := s.holdStates(ctx, tx, moves); err != nil {
			return err
		}
		var todo effects
		var jobs []workers.Job
		var gone []*Enrollment
		for _, m := range moves {
			jobs = append(jobs, m.job)
			if m.gone {
				gone = append(gone, m.enrollment)
			}
			if m.idle() {
				continue // paused: Resume makes a new job
			}
			if err := s.collect(ctx, tx, m, &todo); err != nil {
				return fmt.Errorf("enrollment %d: %w", m.enrollment.ID, err)
			}
		}
		// A job's key is free for the next one only when the job is gone.
		if err := b.Finish(ctx, tx, jobs...); err != nil {
			return err
		}
		if err := s.endGone(ctx, tx, gone); err != nil {
			return err
		}
		return s.write(ctx, tx, &todo)
	})
}

// holdStates keeps the journeys from being paused until the end of tx, and makes
// sure that they are as the plan took them to be.
func (s *Service) holdStates(ctx context.Context, tx db.Tx, moves []*move) error {
	want := map[int64]string{}
	var ids []int64
	for _, m := range moves {
		if m.enrollment == nil {
			continue
		}
		if _, seen := want[m.journey.ID]; !seen {
			ids = append(ids, m.journey.ID)
		}
		want[m.journey.ID] = m.journey.State
	}
	if len(ids) == 0 {
		return nil
	}
	held, err := s.lockJourneys(ctx, tx, "SHARE", ids)
	if err != nil {
		return err
	}
	for id, state := range want {
		if j := held[id]; j == nil || j.State != state {
			return errMoved
		}
	}
	return nil
}
