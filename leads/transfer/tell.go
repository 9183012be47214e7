package transfer

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

// EventImported stands on the timeline of whoever an import brought or changed.
const EventImported = "Lead Imported"

// jobTell clears up after an import that is over, and puts it on the timelines. It follows
// behind: people are in their lists as soon as they can be, a line on each timeline may
// come seconds later.
const jobTell = "imports.tell"

// clearUp has the workers drop the file of an import that is over and tell of it. Whoever
// ends an import does so in the same transaction.
func (s *Service) clearUp(ctx context.Context, tx db.Tx, id int64) error {
	return s.queue.Enqueue(ctx, tx, workers.Job{Kind: jobTell, Ref: id, DueAt: s.clock.Now()})
}

// leaveWord puts, within tx, who of a block is to hear of it in the place of its rows,
// which nobody needs any more.
func leaveWord(ctx context.Context, tx db.Tx, id, no int64, done []outcome) error {
	ids := []byte{}
	n := int64(0)
	for _, o := range done {
		if !o.Skipped && !o.again {
			ids = binary.AppendUvarint(ids, uint64(o.Lead.ID))
			n++
		}
	}
	if _, err := tx.NewUpdate().Model(&block{Rows: n, Data: ids}).Column("rows", "data").
		Where("import_id = ?", id).Where("no = ?", no).Exec(ctx); err != nil {
		return fmt.Errorf("import %d: block %d: %w", id, no, err)
	}
	return nil
}

// tell drops the files of imports that are over, goes through the blocks of those whose
// people came in, each in a transaction that ends it, and then has refreshed what depends
// on many leads at once.
func (s *Service) tell(ctx context.Context, b *workers.Batch) error {
	for _, job := range b.Jobs {
		im, err := s.Find(ctx, job.Ref)
		if err != nil && !errors.Is(err, errs.NotFound) {
			return err
		}
		if err == nil {
			if err := s.dropFile(ctx, im); err != nil {
				return err
			}
		}
		came := err == nil && im.Position > 0 && !im.StartedAt.IsZero() // somebody did
		for more := came; more; {
			if more, err = s.tellBlock(ctx, im); err != nil {
				return err
			}
		}
		for _, r := range s.refreshers {
			if !came {
				break
			}
			if err := r.RefreshAll(ctx); err != nil {
				return err
			}
		}
		if err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return b.Finish(ctx, tx, job) }); err != nil {
			return err
		}
	}
	return nil
}

// tellBlock records the next block, and says whether there was one.
func (s *Service) tellBlock(ctx context.Context, im *Import) (more bool, err error) {
	next := new(block)
	err = s.db.Read().NewSelect().Model(next).Where("import_id = ?", im.ID).Order("no").Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("import %d: tell: %w", im.ID, err)
	}
	events := make([]*leads.Event, 0, next.Rows)
	properties, source := map[string]any{"import": im.Name}, sourceOf(im.ID)
	for data := next.Data; len(data) > 0; {
		id, size := binary.Uvarint(data)
		if size <= 0 {
			return false, errBlock
		}
		data = data[size:]
		events = append(events, &leads.Event{
			MessageID: source + ":" + strconv.FormatUint(id, 10), LeadID: int64(id), Name: EventImported, Properties: properties, Source: source,
		})
	}
	err = s.db.InBulkTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if err := s.leads.RecordQuietly(ctx, tx, events); err != nil {
			return err
		}
		_, err := tx.NewDelete().Model((*block)(nil)).Where("import_id = ?", im.ID).Where("no = ?", next.No).Exec(ctx)
		return err
	})
	return true, err
}
