package leads

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/workers"
)

// jobConvert brings the values that leads have of a field to its type, after the field
// was declared or became another: "4" to 4. The job's key ends with the field's.
const (
	jobConvert    = "leads.convert"
	convertKey    = "field:"
	convertBatch  = 500
	convertWithin = 10 * time.Minute
)

// Refresher brings up to date what depends on many leads at once, such as segments.
type Refresher interface {
	RefreshAll(ctx context.Context) error
}

// AddRefresher joins one that is called when fields of many leads have changed without
// an event. Call it before anything is served.
func (s *Service) AddRefresher(r Refresher) { s.desk.refreshers = append(s.desk.refreshers, r) }

// convertLater has the values of a field converted once tx is committed.
func (s *Service) convertLater(ctx context.Context, tx db.Tx, key string) error {
	return s.queue.Enqueue(ctx, tx, workers.Job{Kind: jobConvert, Key: convertKey + key, DueAt: s.clock.Now()})
}

// convertFields does the jobs of a batch. Values that do not fit stay as they are.
func (s *Service) convertFields(ctx context.Context, b *workers.Batch) error {
	for _, job := range b.Jobs {
		row, err := s.fields().Find(ctx, s.db.Read(), strings.TrimPrefix(job.Key, convertKey))
		if err != nil && !errors.Is(err, errs.NotFound) {
			return err
		}
		changed := 0
		if err == nil {
			if changed, err = s.convert(ctx, &row.Definition); err != nil {
				return err
			}
		}
		if changed > 0 {
			for _, r := range s.desk.refreshers {
				if err := r.RefreshAll(ctx); err != nil {
					return err
				}
			}
		}
		if err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return b.Finish(ctx, tx, job) }); err != nil {
			return err
		}
	}
	return nil
}

// convert goes through all leads that have a value of the field, some hundreds in each
// transaction, and returns how many it changed.
func (s *Service) convert(ctx context.Context, f *Field) (changed int, err error) {
	there := bun.SafeQuery("json_type(attributes, ?) IS NOT NULL", `$."`+f.Key+`"`)
	if s.db.Dialect() == db.Postgres {
		there = bun.SafeQuery("jsonb_exists(attributes, ?)", f.Key)
	}
	for last, more := int64(0), true; more; {
		if err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			var rows []*Lead
			q := tx.NewSelect().Model(&rows).Where("id > ?", last).Where("?", there).Order("id").Limit(convertBatch)
			if s.db.Dialect() == db.Postgres {
				q = q.For("UPDATE") // SQLite has one writer
			}
			if err := q.Scan(ctx); err != nil {
				return fmt.Errorf("field %q: convert: %w", f.Key, err)
			}
			if more = len(rows) == convertBatch; len(rows) > 0 {
				last = rows[len(rows)-1].ID
			}
			other := rows[:0]
			for _, l := range rows {
				value, message := f.check(l.Attributes[f.Key])
				if message != "" || value == nil || reflect.DeepEqual(value, l.Attributes[f.Key]) {
					continue
				}
				l.Attributes[f.Key] = value
				l.fold()
				other = append(other, l)
			}
			changed += len(other)
			if len(other) == 0 {
				return nil
			}
			return s.save(ctx, tx, other)
		}); err != nil {
			return changed, err
		}
	}
	return changed, nil
}
