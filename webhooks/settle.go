package webhooks

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/workers"
)

// settle writes down what attempts came to. An outcome that comes late, when somebody
// else has the delivery in hand, changes nothing.
func (d *desk) settle(ctx context.Context, tx db.Tx, endpoints []*Endpoint, outcomes []*outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	ours, err := d.ours(ctx, tx, outcomes)
	if err != nil || len(ours) == 0 {
		return err
	}
	if err := d.keepAttempts(ctx, tx, ours); err != nil {
		return err
	}
	byEndpoint := map[int64][]*outcome{}
	for _, o := range ours {
		byEndpoint[o.delivery.EndpointID] = append(byEndpoint[o.delivery.EndpointID], o)
	}
	for _, e := range endpoints {
		if mine := byEndpoint[e.ID]; mine != nil {
			if err := d.settleEndpoint(ctx, tx, e, mine); err != nil {
				return err
			}
		}
	}
	return nil
}

// ours marks the deliveries that arrived, and returns the outcomes of those that were
// still this desk's. The ones that failed are marked by settleEndpoint, one by one:
// each has its own time for the next attempt.
func (d *desk) ours(ctx context.Context, tx db.Tx, outcomes []*outcome) (ours []*outcome, err error) {
	byStatus := map[int][]*outcome{}
	for _, o := range outcomes {
		status := 0
		if o.error == "" {
			status = o.status
		}
		byStatus[status] = append(byStatus[status], o)
	}
	now := d.clock.Now()
	for status, some := range byStatus {
		var ids []int64
		if status == 0 {
			q := tx.NewSelect().Model((*Delivery)(nil)).Column("id").Where("state = ?", StateSending).Where(held(some))
			if d.db.Dialect() == db.Postgres {
				q = q.For("UPDATE")
			}
			err = q.Scan(ctx, &ids)
		} else {
			err = tx.NewUpdate().Model((*Delivery)(nil)).
				Set("state = ?", StateDelivered).Set("status = ?", status).Set("error = ''").
				Set("finished_at = ?", now).Set("next_at = NULL").Set("lease_until = NULL").
				Where("state = ?", StateSending).Where(held(some)).Returning("id").Scan(ctx, &ids)
		}
		if err != nil {
			return nil, fmt.Errorf("webhooks: settle: %w", err)
		}
		still := make(map[int64]bool, len(ids))
		for _, id := range ids {
			still[id] = true
		}
		for _, o := range some {
			if still[o.delivery.ID] {
				ours = append(ours, o)
			}
		}
	}
	return ours, nil
}

// held is the condition that a delivery is at the attempt that an outcome is of.
func held(outcomes []*outcome) string {
	pairs := make([]string, len(outcomes))
	for i, o := range outcomes {
		pairs[i] = fmt.Sprintf("(%d, %d)", o.delivery.ID, o.delivery.Attempt)
	}
	return "(id, attempt) IN (VALUES " + strings.Join(pairs, ", ") + ")"
}

func (d *desk) keepAttempts(ctx context.Context, tx db.Tx, outcomes []*outcome) error {
	attempts := make([]*Attempt, len(outcomes))
	for i, o := range outcomes {
		attempts[i] = &Attempt{
			DeliveryID: o.delivery.ID, Number: o.delivery.Attempt, At: o.at, TookMS: o.took.Milliseconds(),
			Status: o.status, Error: o.error, Response: o.response,
		}
	}
	if _, err := tx.NewInsert().Model(&attempts).Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("webhooks: keep attempts: %w", err)
	}
	return nil
}

// settleEndpoint plans the next attempts at what failed and judges the endpoint's
// health by all that has just come back from it.
func (d *desk) settleEndpoint(ctx context.Context, tx db.Tx, e *Endpoint, outcomes []*outcome) error {
	now := d.clock.Now()
	before := *e
	good, bad, gone := 0, 0, false
	for _, o := range outcomes {
		switch o.error {
		case "":
			good++
			continue
		case ErrorInterrupted:
			continue // our doing, not the receiver's
		}
		bad++
		gone = gone || o.status == http.StatusGone
		if o.hold > 0 && e.HoldUntil.Before(now.Add(o.hold)) {
			e.HoldUntil = now.Add(o.hold)
		}
	}
	switch {
	case good > 0:
		e.Failures, e.FailingSince = 0, time.Time{}
	case bad > 0:
		e.Failures += bad
		if e.FailingSince.IsZero() {
			e.FailingSince = now
		}
	}
	if e.State == StateEnabled {
		switch {
		case gone:
			e.State, e.Reason = StateDisabled, ReasonGone
		case bad > 0 && !e.FailingSince.IsZero() && now.Sub(e.FailingSince) >= patience:
			e.State, e.Reason = StateDisabled, ReasonFailing
		}
	}
	if err := d.plan(ctx, tx, e, outcomes); err != nil {
		return err
	}
	if err := d.tally(ctx, tx, e.ID, good, bad); err != nil {
		return err
	}
	if e.Failures == before.Failures && e.State == before.State && e.HoldUntil.Equal(before.HoldUntil) {
		return nil
	}
	if _, err := tx.NewUpdate().Model(e).WherePK().
		Column("failures", "failing_since", "hold_until", "state", "reason").Exec(ctx); err != nil {
		return fmt.Errorf("webhook %d: health: %w", e.ID, err)
	}
	if e.State == before.State {
		return nil
	}
	host, id, reason := e.Host(), e.ID, e.Reason
	tx.AfterCommit(func() { d.log.Warn("webhooks: endpoint disabled", "endpoint", id, "host", host, "reason", reason) })
	return d.giveUp(ctx, tx, e.ID)
}

// plan says when each failed delivery is tried again, if ever.
func (d *desk) plan(ctx context.Context, tx db.Tx, e *Endpoint, outcomes []*outcome) error {
	now := d.clock.Now()
	var jobs []workers.Job
	for _, o := range outcomes {
		if o.error == "" {
			continue
		}
		q := tx.NewUpdate().Model((*Delivery)(nil)).Set("status = ?", o.status).Set("error = ?", o.error).Set("lease_until = NULL").
			Where("id = ?", o.delivery.ID)
		wait, again := backOff(o.delivery.Attempt - o.delivery.Round)
		if e.State != StateEnabled {
			again = false
		}
		if again {
			next := inStep(now.Add(max(wait, o.hold)), wait)
			q = q.Set("state = ?", StateWaiting).Set("next_at = ?", next)
			jobs = append(jobs, workers.Job{
				Kind: jobWake, Ref: e.ID, DueAt: next, Key: fmt.Sprintf("%s:%d:%d", jobWake, e.ID, next.Unix()),
			})
		} else {
			q = q.Set("state = ?", StateFailed).Set("next_at = NULL").Set("finished_at = ?", now)
		}
		if _, err := q.Exec(ctx); err != nil {
			return fmt.Errorf("webhooks: plan the next attempt: %w", err)
		}
	}
	if e.State == StateEnabled && e.HoldUntil.After(now) {
		jobs = append(jobs, workers.Job{
			Kind: jobWake, Ref: e.ID, DueAt: e.HoldUntil, Key: fmt.Sprintf("%s:%d:%d", jobWake, e.ID, e.HoldUntil.Unix()),
		})
	}
	return d.queue.Enqueue(ctx, tx, jobs...)
}

// inStep rounds the time of a retry up to a whole step, so that what comes back at
// about the same time shares one job.
func inStep(at time.Time, wait time.Duration) time.Time {
	step := time.Second
	if wait >= time.Minute {
		step = 30 * time.Second
	}
	if rounded := at.Truncate(step); rounded.Before(at) {
		return rounded.Add(step)
	}
	return at
}

// tally counts attempts under the hour in which they ended.
func (d *desk) tally(ctx context.Context, tx db.Tx, endpoint int64, good, bad int) error {
	hour := &hours{EndpointID: endpoint, Hour: d.clock.Now().Truncate(time.Hour), Delivered: int64(good), Failed: int64(bad)}
	if _, err := tx.NewInsert().Model(hour).On("CONFLICT (endpoint_id, hour) DO UPDATE").
		Set("delivered = tally.delivered + EXCLUDED.delivered").Set("failed = tally.failed + EXCLUDED.failed").
		Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("webhook %d: count: %w", endpoint, err)
	}
	return nil
}

// putBack returns deliveries that were claimed and not begun.
func (d *desk) putBack(ctx context.Context, tx db.Tx, back []*Delivery) error {
	if len(back) == 0 {
		return nil
	}
	outcomes := make([]*outcome, len(back))
	for i, delivery := range back {
		outcomes[i] = &outcome{delivery: delivery}
	}
	if _, err := tx.NewUpdate().Model((*Delivery)(nil)).
		Set("state = ?", StateWaiting).Set("attempt = attempt - 1").Set("lease_until = NULL").
		Where("state = ?", StateSending).Where(held(outcomes)).Exec(ctx); err != nil {
		return fmt.Errorf("webhooks: put back: %w", err)
	}
	return nil
}

// reclaim takes deliveries whose lease ends before a time out of the hands of a
// process that is gone. They may have arrived: the attempt stays in the log.
func (d *desk) reclaim(ctx context.Context, until time.Time) error {
	lost := d.db.Read().NewSelect().Model((*Delivery)(nil)).ColumnExpr("1").
		Where("state = ?", StateSending).Where("lease_until <= ?", until)
	var some bool
	var err error
	if some, err = lost.Exists(ctx); err != nil {
		return fmt.Errorf("webhooks: look for lost ones: %w", err)
	}
	if !some {
		return nil // the usual case takes no write lock
	}
	now := d.clock.Now()
	return d.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var freed []*Delivery
		if err := tx.NewUpdate().Model((*Delivery)(nil)).
			Set("state = ?", StateWaiting).Set("next_at = ?", now).Set("lease_until = NULL").Set("error = ?", ErrorInterrupted).
			Where("state = ?", StateSending).Where("lease_until <= ?", until).
			Returning("id, attempt").Scan(ctx, &freed); err != nil {
			return fmt.Errorf("webhooks: take up lost ones: %w", err)
		}
		if len(freed) == 0 {
			return nil
		}
		attempts := make([]*Attempt, len(freed))
		for i, f := range freed {
			attempts[i] = &Attempt{DeliveryID: f.ID, Number: f.Attempt, At: now, Error: ErrorInterrupted}
		}
		if _, err := tx.NewInsert().Model(&attempts).On("CONFLICT DO NOTHING").Returning("NULL").Exec(ctx); err != nil {
			return fmt.Errorf("webhooks: keep lost attempts: %w", err)
		}
		return nil
	})
}

// claim takes what is due for the endpoints into this process's hands, as much as
// their trays have room for.
func (d *desk) claim(ctx context.Context, tx db.Tx, endpoints []*Endpoint, settled map[int64]int) (parcels []parcel, err error) {
	now := d.clock.Now()
	byID := map[int64]*Endpoint{}
	var claimed []*Delivery
	for _, e := range endpoints {
		room := d.room(e, settled[e.ID])
		if e.State != StateEnabled || e.HoldUntil.After(now) || room <= 0 {
			continue
		}
		byID[e.ID] = e
		due := tx.NewSelect().Model((*Delivery)(nil)).Column("id").
			Where("endpoint_id = ?", e.ID).Where("state = ?", StateWaiting).Where("next_at <= ?", now).
			Order("next_at", "id").Limit(int64(room))
		if d.db.Dialect() == db.Postgres {
			due = due.For("UPDATE SKIP LOCKED")
		}
		var some []*Delivery
		if err := tx.NewUpdate().Model((*Delivery)(nil)).
			Set("state = ?", StateSending).Set("attempt = attempt + 1").Set("lease_until = ?", wallClock().Add(d.lease())).
			Where("id IN (?)", due).Returning("*").Scan(ctx, &some); err != nil {
			return nil, fmt.Errorf("webhook %d: claim: %w", e.ID, err)
		}
		claimed = append(claimed, some...)
	}
	if claimed, err = d.fill(ctx, tx, claimed); err != nil {
		return nil, err
	}
	for _, c := range claimed {
		parcels = append(parcels, parcel{byID[c.EndpointID], c})
	}
	return parcels, nil
}

// fill reads the messages of claimed deliveries, and ends those that are about
// somebody who was erased meanwhile.
func (d *desk) fill(ctx context.Context, tx db.Tx, claimed []*Delivery) (going []*Delivery, err error) {
	if len(claimed) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(claimed))
	for i, c := range claimed {
		ids[i] = c.MessageID
	}
	var messages []*Message
	if err := tx.NewSelect().Model(&messages).Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("webhooks: read messages: %w", err)
	}
	byID := make(map[int64]*Message, len(messages))
	var people []int64
	for _, m := range messages {
		byID[m.ID] = m
		if m.LeadID != 0 {
			people = append(people, m.LeadID)
		}
	}
	known, err := d.leads.FindMany(ctx, tx, people)
	if err != nil {
		return nil, err
	}
	var erased []int64
	for _, c := range claimed {
		if c.Message = byID[c.MessageID]; c.Message == nil {
			continue // erased at this very moment, the delivery with it
		}
		if l := known[c.Message.LeadID]; c.Message.LeadID == 0 || l != nil && l.ErasedAt.IsZero() {
			going = append(going, c)
		} else {
			erased = append(erased, c.ID)
		}
	}
	if len(erased) > 0 {
		if _, err := tx.NewUpdate().Model((*Delivery)(nil)).
			Set("state = ?", StateFailed).Set("error = ?", ErrorErased).Set("attempt = attempt - 1").
			Set("finished_at = ?", d.clock.Now()).Set("next_at = NULL").Set("lease_until = NULL").
			Where("id IN (?)", bun.List(erased)).Exec(ctx); err != nil {
			return nil, fmt.Errorf("webhooks: end what is about the erased: %w", err)
		}
	}
	return going, nil
}
