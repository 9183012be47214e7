package transfer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads/transfer/sheet"
	"github.com/sarnakh/sarnakh/workers"
)

// RegisterJobs tells the queue who reads, checks and imports files.
func (s *Service) RegisterJobs(q *workers.Queue) {
	q.Handle(jobImport, s.work, workers.Options{Batch: 1})
	q.Handle(jobTell, s.tell, workers.Options{Batch: 1})
	q.Every("imports.tidy", 24*time.Hour, s.tidy)
	q.Every("exports.tidy", silence, s.endSilent)
}

// work does what the state of an import asks for, until a person has the word again. A
// process that dies in the middle is followed by another, which goes on with the block
// that was not committed.
func (s *Service) work(ctx context.Context, b *workers.Batch) error {
	for _, job := range b.Jobs {
		if err := s.workOn(ctx, b, job); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) workOn(ctx context.Context, b *workers.Batch, job workers.Job) error {
	for {
		im, err := s.Find(ctx, job.Ref)
		if errors.Is(err, errs.NotFound) {
			return s.rest(ctx, b, job)
		}
		if err != nil {
			return err
		}
		var do func(context.Context, *Import) (*Import, error)
		switch im.State {
		case Reading:
			do = s.read
		case Checking:
			do = s.check
		case Importing:
			do = s.write
		default:
			if err := s.rest(ctx, b, job); !errors.Is(err, errMoved) {
				return err
			}
			continue
		}
		from := im.State
		next, err := do(ctx, im)
		var fault *sheet.Fault
		switch {
		case errors.Is(err, errMoved): // somebody paused or cancelled it: look again
		case errors.As(err, &fault):
			err = s.settle(ctx, b, job, from, func(now *Import) { now.State, now.Fault, now.FinishedAt = Failed, fault, s.clock.Now() })
			if !errors.Is(err, errMoved) {
				return err
			}
		case err != nil:
			return err
		default:
			err = s.settle(ctx, b, job, from, func(now *Import) {
				found := now.Found
				if *now = *next; from != Reading {
					now.Found = found // somebody may have been erased from the samples meanwhile
				}
			})
			if !errors.Is(err, errMoved) {
				return err
			}
		}
	}
}

// errMoved says that an import is no longer in the state in which we found it.
var errMoved = errors.New("import: its state has changed")

// rest ends the job when nothing is to be done, looking once more in the same
// transaction: whoever gives the workers something to do enqueues it in theirs.
func (s *Service) rest(ctx context.Context, b *workers.Batch, job workers.Job) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		im, err := s.lock(ctx, tx, job.Ref)
		if err == nil && im.State.Working() {
			return fmt.Errorf("import %d: there is work again: %w", im.ID, errMoved)
		}
		if err != nil && !errors.Is(err, errs.NotFound) {
			return err
		}
		return b.Finish(ctx, tx, job)
	})
}

// settle ends a stage and, unless the next is ours too, the job, in one transaction.
func (s *Service) settle(ctx context.Context, b *workers.Batch, job workers.Job, from State, do func(*Import)) error {
	var after State
	err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		now, err := s.lock(ctx, tx, job.Ref)
		if err != nil {
			return err
		}
		if now.State != from {
			return errMoved
		}
		do(now)
		if after = now.State; after.Over() {
			now.forget()
			if err := s.clearUp(ctx, tx, now.ID); err != nil {
				return err
			}
		}
		if err := s.save(ctx, tx, now); err != nil {
			return err
		}
		if after.Working() {
			return nil
		}
		return b.Finish(ctx, tx, job)
	})
	if err != nil {
		return err
	}
	if after.Working() {
		return errMoved // go on with the next stage
	}
	return nil
}
