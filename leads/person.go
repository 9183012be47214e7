package leads

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// stands says whether a lead still is somebody of their own, and why not.
func (l *Lead) stands() error {
	switch {
	case l.MergedInto != 0:
		return fmt.Errorf("lead %d: merged into lead %d: %w", l.ID, l.MergedInto, errs.Conflict)
	case !l.ErasedAt.IsZero():
		return fmt.Errorf("lead %d: erased: %w", l.ID, errs.Conflict)
	}
	return nil
}

// Person returns whom a lead stands for, with all rows that were merged into it: also when
// the lead is one of those. NotFound when there is no such lead.
func (s *Service) Person(ctx context.Context, idb bun.IDB, id int64) (*Person, error) {
	l, err := s.Find(ctx, idb, id)
	if err != nil {
		return nil, err
	}
	if l.MergedInto != 0 {
		if l, err = s.Find(ctx, idb, l.MergedInto); err != nil {
			return nil, err
		}
	}
	p := &Person{Lead: l}
	if err := idb.NewSelect().Model(&p.Merged).Where("merged_into = ?", l.ID).Order("id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("lead %d: merged: %w", l.ID, err)
	}
	return p, nil
}

// acrossRooms runs fn in a transaction that touches the tables of all features. Others
// take their locks in orders of their own, so that PostgreSQL may have to end an embrace by
// refusing one of the two: then it is tried again.
func (s *Service) acrossRooms(ctx context.Context, fn func(ctx context.Context, tx db.Tx) error) error {
	for try := 1; ; try++ {
		err := s.db.InTx(ctx, fn)
		var refused interface{ SQLState() string }
		if try == 5 || !errors.As(err, &refused) || refused.SQLState() != deadlock {
			return err
		}
	}
}

// deadlock is PostgreSQL's word for it.
const deadlock = "40P01"

// personLock is the number under which whoever merges, parts or erases people waits for
// the others on PostgreSQL: each such act holds several rows, and which they are the one
// before may change.
const personLock = 0x5a_52_4e_4b

// hold locks, until tx ends, these leads and all that were merged into them, in the order
// of their ids as everybody does, and returns them by id.
func (s *Service) hold(ctx context.Context, tx db.Tx, ids ...int64) (map[int64]*Lead, error) {
	if s.db.Dialect() == db.Postgres {
		if _, err := tx.NewRaw("SELECT pg_advisory_xact_lock(?)", personLock).Exec(ctx); err != nil {
			return nil, fmt.Errorf("leads: hold: %w", err)
		}
	}
	var rows []*Lead
	q := tx.NewSelect().Model(&rows).Where("id IN (?) OR merged_into IN (?)", bun.List(ids), bun.List(ids)).Order("id")
	if s.db.Dialect() == db.Postgres {
		// SQLite has one writer. Who only refers to the lead need not wait.
		q = q.For("NO KEY UPDATE")
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("leads: hold: %w", err)
	}
	out := make(map[int64]*Lead, len(rows))
	for _, l := range rows {
		out[l.ID] = l
	}
	for _, id := range ids {
		if out[id] == nil {
			return nil, fmt.Errorf("lead %d: %w", id, errs.NotFound)
		}
	}
	return out, nil
}
