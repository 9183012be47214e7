package transfer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/workers"
)

// block is some thousand rows, packed.
type block struct {
	bun.BaseModel `bun:"table:import_blocks,alias:block"`

	ImportID int64
	No       int64
	Part     int64
	Rows     int64
	Data     []byte
}

// jobImport does whatever the state of an import asks for.
const jobImport = "imports.work"

// enqueue has the workers look at an import. Whoever changes its state to one in which
// they work does so in the same transaction.
func (s *Service) enqueue(ctx context.Context, tx db.Tx, id int64) error {
	return s.queue.Enqueue(ctx, tx, workers.Job{Kind: jobImport, Ref: id, Key: sourceOf(id), DueAt: s.clock.Now()})
}

// Find returns an import, or NotFound.
func (s *Service) Find(ctx context.Context, id int64) (*Import, error) {
	return find(ctx, s.db.Read(), id)
}

func find(ctx context.Context, idb bun.IDB, id int64) (*Import, error) {
	im := new(Import)
	err := idb.NewSelect().Model(im).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("import %d: %w", id, errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("import %d: %w", id, err)
	}
	return im, nil
}

// List returns imports, the newest first, back from the one with the id before (0: from
// the newest), and whether there are more.
func (s *Service) List(ctx context.Context, before int64, limit int) (page []*Import, more bool, err error) {
	q := s.db.Read().NewSelect().Model(&page).Where("state <> ?", Receiving).Order("id DESC").Limit(int64(limit) + 1)
	if before > 0 {
		q = q.Where("id < ?", before)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, false, fmt.Errorf("imports: list: %w", err)
	}
	if len(page) > limit {
		return page[:limit], true, nil
	}
	return page, false, nil
}

// Map says what is to be done with a file and starts the dry run. It may be changed
// until the import begins. What does not hold is errs.Fields.
func (s *Service) Map(ctx context.Context, id int64, plan Plan) error {
	return s.change(ctx, id, []State{Mapping, Ready}, func(im *Import) error {
		if err := plan.Check(im.Found, s.clock.Now()); err != nil {
			return err
		}
		im.Plan, im.State, im.Position, im.Done, im.Tally = plan.filled(), Checking, 0, 0, Tally{}
		return nil
	})
}

// Remap goes back from the dry run to the mapping.
func (s *Service) Remap(ctx context.Context, id int64) error {
	return s.change(ctx, id, []State{Ready, Checking}, func(im *Import) error {
		im.State = Mapping
		return nil
	})
}

// Start begins to import what the dry run has looked through.
func (s *Service) Start(ctx context.Context, id int64) error {
	return s.change(ctx, id, []State{Ready}, func(im *Import) error {
		im.begin(s.clock.Now())
		return nil
	})
}

// begin starts the count anew.
func (im *Import) begin(now time.Time) {
	im.State, im.Position, im.Done, im.Tally, im.StartedAt = Importing, 0, 0, Tally{}, now
}

// Pause stops after the batch that is under way. Whoever is imported stays.
func (s *Service) Pause(ctx context.Context, id int64) error {
	return s.change(ctx, id, []State{Importing}, func(im *Import) error {
		im.State = Paused
		return nil
	})
}

// Resume goes on where it was paused.
func (s *Service) Resume(ctx context.Context, id int64) error {
	return s.change(ctx, id, []State{Paused}, func(im *Import) error {
		im.State = Importing
		return nil
	})
}

// Cancel ends an import for good. Whoever is imported by then stays; the file is thrown away.
func (s *Service) Cancel(ctx context.Context, id int64) error {
	return s.change(ctx, id, []State{Reading, Mapping, Checking, Ready, Importing, Paused}, func(im *Import) error {
		im.State, im.FinishedAt = Cancelled, s.clock.Now()
		im.forget()
		return nil
	})
}

// forget drops what was kept of the people in the file for whoever mapped its columns.
func (im *Import) forget() {
	for i := range im.Found.Parts {
		im.Found.Parts[i].Samples = nil
	}
}

// change moves an import on from one of the states, or is a Conflict.
func (s *Service) change(ctx context.Context, id int64, from []State, do func(*Import) error) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		im, err := s.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if !slices.Contains(from, im.State) {
			return fmt.Errorf("import %d: it is %s: %w", id, im.State, errs.Conflict)
		}
		if err := do(im); err != nil {
			return err
		}
		if err := s.save(ctx, tx, im); err != nil {
			return err
		}
		if im.State == Cancelled {
			return s.clearUp(ctx, tx, id)
		}
		if im.State.Working() {
			return s.enqueue(ctx, tx, id)
		}
		return nil
	})
}

// lock reads an import for changing it within tx.
func (s *Service) lock(ctx context.Context, tx db.Tx, id int64) (*Import, error) {
	if s.db.Dialect() == db.Postgres { // SQLite has one writer
		if _, err := tx.NewSelect().Model((*Import)(nil)).Column("id").Where("id = ?", id).For("UPDATE").Exec(ctx); err != nil {
			return nil, fmt.Errorf("import %d: %w", id, err)
		}
	}
	return find(ctx, tx, id)
}

// save writes all that changes of an import.
func (s *Service) save(ctx context.Context, tx db.Tx, im *Import) error {
	im.UpdatedAt = s.clock.Now()
	if _, err := tx.NewUpdate().Model(im).ExcludeColumn("id", "name", "size", "by_whom", "created_at").WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("import %d: save: %w", im.ID, err)
	}
	return nil
}

// refuse keeps refused rows within tx.
func refuse(ctx context.Context, tx db.Tx, rows []*Refusal) error {
	_, err := db.InsertMany(ctx, tx, rows, "")
	return err
}

// Refusals returns refused rows in the order of the file, behind the one with the id
// after, and whether there are more.
func (s *Service) Refusals(ctx context.Context, id, after int64, limit int) (page []*Refusal, more bool, err error) {
	if err := s.db.Read().NewSelect().Model(&page).Where("import_id = ?", id).Where("id > ?", after).
		Order("id").Limit(int64(limit) + 1).Scan(ctx); err != nil {
		return nil, false, fmt.Errorf("import %d: refusals: %w", id, err)
	}
	if len(page) > limit {
		return page[:limit], true, nil
	}
	return page, false, nil
}

// loadBlock reads a block of an import; errs.NotFound behind the last.
func (s *Service) loadBlock(ctx context.Context, id, no int64) (*block, error) {
	b := new(block)
	err := s.db.Read().NewSelect().Model(b).Where("import_id = ?", id).Where("no = ?", no).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errs.NotFound
	}
	if err != nil {
		return nil, fmt.Errorf("import %d: block %d: %w", id, no, err)
	}
	return b, nil
}

// How long what an import leaves behind is kept.
const (
	keepRefusals = 90 * 24 * time.Hour // for somebody to mend and bring again
	keepUploads  = 24 * time.Hour      // a file that did not arrive whole
	keepPlans    = 30 * 24 * time.Hour // a file that nobody said a word about
)

// tidy throws away what is kept no longer. Running it again changes nothing.
func (s *Service) tidy(ctx context.Context) error {
	now := s.clock.Now()
	var broken, stale, old []int64
	for _, q := range []struct {
		into   *[]int64
		states []State
		since  time.Time
	}{
		{&broken, []State{Receiving}, now.Add(-keepUploads)}, {&stale, []State{Mapping, Ready, Paused}, now.Add(-keepPlans)},
		{&old, []State{Done, Cancelled, Failed}, now.Add(-keepRefusals)},
	} {
		if err := s.db.Read().NewSelect().Model((*Import)(nil)).Column("id").Where("state IN (?)", bun.List(q.states)).
			Where("updated_at < ?", q.since).Limit(1000).Scan(ctx, q.into); err != nil {
			return fmt.Errorf("imports: tidy: %w", err)
		}
	}
	for _, id := range broken {
		if err := s.discard(ctx, id); err != nil {
			return err
		}
	}
	for _, id := range stale {
		if err := s.Cancel(ctx, id); err != nil && !errors.Is(err, errs.Conflict) {
			return err
		}
	}
	for _, id := range old {
		if err := s.drop(ctx, id, (*Refusal)(nil), "id", dropRefused, nil, nil); err != nil {
			return fmt.Errorf("import %d: throw old refusals away: %w", id, err)
		}
	}
	return nil
}
