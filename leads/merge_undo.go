package leads

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// FindMerge returns one merge, or NotFound.
func (s *Service) FindMerge(ctx context.Context, idb bun.IDB, id int64) (*Merge, error) {
	m := new(Merge)
	err := idb.NewSelect().Model(m).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("merge %d: %w", id, errs.NotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("merge %d: %w", id, err)
	}
	return m, nil
}

// Merges returns in what merges a lead had part, the newest first.
func (s *Service) Merges(ctx context.Context, leadID int64) ([]*Merge, error) {
	var rows []*Merge
	if err := s.db.Read().NewSelect().Model(&rows).Where("kept_id = ? OR gone_id = ?", leadID, leadID).
		Order("id DESC").Limit(100).Scan(ctx); err != nil {
		return nil, fmt.Errorf("lead %d: merges: %w", leadID, err)
	}
	return rows, nil
}

// UndoMerge makes two leads of one again: both are what they were, and every row goes back
// to whose it was. What happened after the merge, a field written, an event, points, stays
// with the lead that was kept; a journey that ended because its lead was gone does not
// begin again. Merges are undone in their order, the newest first: one whose kept lead
// was merged since, and one that is undone already, is a Conflict, and so is that of a
// person who was erased.
func (s *Service) UndoMerge(ctx context.Context, id int64, by string) (*Merge, error) {
	var m *Merge
	err := s.acrossRooms(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		m, err = s.undoMerge(ctx, tx, id, by)
		return err
	})
	return m, err
}

func (s *Service) undoMerge(ctx context.Context, tx db.Tx, id int64, by string) (*Merge, error) {
	m, err := s.FindMerge(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	rows, err := s.hold(ctx, tx, m.KeptID, m.GoneID)
	if err != nil {
		return nil, err
	}
	if m, err = s.FindMerge(ctx, tx, id); err != nil { // as it is now that nobody else can undo it
		return nil, err
	}
	kept, gone := rows[m.KeptID], rows[m.GoneID]
	if err := s.undoable(ctx, tx, m, kept); err != nil {
		return nil, err
	}
	if err := s.handBack(ctx, tx, m); err != nil {
		return nil, err
	}
	if err := s.separate(ctx, tx, m, kept, gone); err != nil {
		return nil, err
	}
	if m.Before.Pair != "" {
		if _, err := tx.NewUpdate().Model((*Duplicate)(nil)).Set("state = ?", m.Before.Pair).
			Where("lead_id = ?", min(m.KeptID, m.GoneID)).Where("other_id = ?", max(m.KeptID, m.GoneID)).Exec(ctx); err != nil {
			return nil, fmt.Errorf("leads: duplicates: %w", err)
		}
	}
	m.UndoneAt, m.UndoneBy = s.clock.Now(), by
	if _, err := tx.NewUpdate().Model(m).Column("undone_at", "undone_by").WherePK().Exec(ctx); err != nil {
		return nil, fmt.Errorf("merge %d: undo: %w", id, err)
	}
	var events []*Event
	for i, lead := range []int64{m.KeptID, m.GoneID} {
		events = append(events, &Event{
			MessageID: "merge-undone:" + strconv.FormatInt(m.ID, 10) + ":" + strconv.Itoa(i), LeadID: lead, Name: EventMergeUndone,
			Source: "staff", OccurredAt: m.UndoneAt, Properties: map[string]any{"merge": m.ID, "merged_lead": m.KeptID + m.GoneID - lead},
		})
	}
	return m, s.Record(ctx, tx, events...)
}

// undoable says why a merge cannot be undone, if it cannot.
func (s *Service) undoable(ctx context.Context, idb bun.IDB, m *Merge, kept *Lead) error {
	switch {
	case !m.UndoneAt.IsZero():
		return fmt.Errorf("merge %d: undone already: %w", m.ID, errs.Conflict)
	case !kept.ErasedAt.IsZero():
		return fmt.Errorf("merge %d: the person was erased: %w", m.ID, errs.Conflict)
	}
	var later []int64
	if err := idb.NewSelect().Model((*Merge)(nil)).Column("id").Where("undone_at IS NULL").Where("id > ?", m.ID).
		Where("kept_id = ? OR gone_id = ?", m.KeptID, m.KeptID).Order("id DESC").Limit(1).Scan(ctx, &later); err != nil {
		return fmt.Errorf("merge %d: %w", m.ID, err)
	}
	if len(later) > 0 {
		return fmt.Errorf("merge %d: lead %d had part in merge %d since; undo that one first: %w", m.ID, m.KeptID, later[0], errs.Conflict)
	}
	return nil
}

// separate makes the two leads what they were.
func (s *Service) separate(ctx context.Context, tx db.Tx, m *Merge, kept, gone *Lead) error {
	keptWas, err := m.Before.Kept.lead()
	if err != nil {
		return err
	}
	goneWas, err := m.Before.Gone.lead()
	if err != nil {
		return err
	}
	after, err := m.Before.After.lead()
	if err != nil {
		return err
	}
	was := gone.identity()
	kept.restore(keptWas, after)
	gone.restore(goneWas, gone)
	gone.MergedInto = 0
	for _, p := range parts {
		if p.identifying() {
			if err := s.yield(ctx, tx, p, kept, gone); err != nil {
				return err
			}
		}
	}
	kept.fold()
	gone.fold()
	return s.swap(ctx, tx, gone, kept, was != gone.identity())
}

// yield leaves to whoever has it by now what one of the two is to have back, their e-mail
// or external id: a third lead, or the kept one, which may have taken the other's since.
func (s *Service) yield(ctx context.Context, tx db.Tx, p part, kept, gone *Lead) error {
	column := p.name
	if column == "email" {
		column = "email_norm"
	}
	for _, l := range []*Lead{kept, gone} {
		values := p.value(l)
		id := *values[len(values)-1]
		if id == "" {
			continue
		}
		taken, err := tx.NewSelect().Model((*Lead)(nil)).Where("? = ?", bun.Ident(column), id).
			Where("id NOT IN (?)", bun.List([]int64{kept.ID, gone.ID})).Exists(ctx)
		if err != nil {
			return fmt.Errorf("lead %d: undo merge: %w", l.ID, err)
		}
		others := p.value(kept)
		if taken || l == gone && *others[len(others)-1] == id {
			for _, v := range values {
				*v = ""
			}
		}
	}
	return nil
}
