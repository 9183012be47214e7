package leads

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
)

const (
	// after is how long after an erasure what others were writing at that very moment may
	// still arrive.
	after = 48 * time.Hour
	// What one hourly round looks at and mends at the most, so that it stays short however
	// many merges there were: what is left over is the next round's.
	tidyLooks = 2000 // merges: half of them the newest, half of them a part of the others
	tidyMends = 500  // merges that are mended
	tidyAgain = 1000 // erasures that are done again, the newest
)

// tidy gives rows that came late for leads that are gone to the leads that were kept, and
// does recent erasures again for what came while they happened.
func (s *Service) tidy(ctx context.Context) error {
	merges, err := s.late(ctx)
	if err != nil {
		return err
	}
	for _, id := range merges {
		if err := s.acrossRooms(ctx, func(ctx context.Context, tx db.Tx) error { return s.tidyMerge(ctx, tx, id) }); err != nil {
			return err
		}
	}
	return s.tidyErasures(ctx)
}

// late returns merges whose gone leads have rows again that the kept ones could have:
// somebody wrote about the lead at that very moment, or a script still knows it by its old
// number. Rows that the kept lead has already stay where they are and are nothing late.
//
// The newest merges are looked at each time, of the older ones another part each hour.
func (s *Service) late(ctx context.Context) ([]int64, error) {
	var newest int64
	if err := s.db.Read().NewSelect().Model((*Merge)(nil)).ColumnExpr("coalesce(max(id), 0)").Scan(ctx, &newest); err != nil {
		return nil, fmt.Errorf("merges: tidy: %w", err)
	}
	if newest == 0 {
		return nil, nil
	}
	const part = tidyLooks / 2
	older := newest - part // up to here
	from := int64(0)
	if older > 0 {
		hour := s.clock.Now().Unix() / int64(time.Hour/time.Second)
		from = hour % ((older + part - 1) / part) * part
	}
	var out []int64
	var have []string
	for _, h := range s.Holdings() {
		if h.moves() {
			have = append(have, "EXISTS (SELECT 1 FROM "+h.Table+" AS r WHERE r."+h.Lead+" = merge.gone_id"+
				strings.ReplaceAll(h.free(), "?", "merge.kept_id")+")")
		}
	}
	if err := s.db.Read().NewSelect().Model((*Merge)(nil)).Column("id").Where("undone_at IS NULL").
		Where("id > ? OR (id > ? AND id <= ?)", older, from, from+part).
		Where(strings.Join(have, " OR ")).Order("id").Limit(tidyMends).Scan(ctx, &out); err != nil {
		return nil, fmt.Errorf("merges: tidy: %w", err)
	}
	return out, nil
}

func (s *Service) tidyMerge(ctx context.Context, tx db.Tx, id int64) error {
	m, err := s.FindMerge(ctx, tx, id)
	if err != nil {
		return err
	}
	if _, err := s.hold(ctx, tx, m.KeptID, m.GoneID); err != nil {
		return err
	}
	if m, err = s.FindMerge(ctx, tx, id); err != nil || !m.UndoneAt.IsZero() {
		return err
	}
	return s.handOver(ctx, tx, m)
}

func (s *Service) tidyErasures(ctx context.Context) error {
	var erased []int64
	if err := s.db.Read().NewSelect().Model((*Erased)(nil)).Column("lead_id").Where("at > ?", s.clock.Now().Add(-after)).
		Order("id DESC").Limit(tidyAgain).Scan(ctx, &erased); err != nil {
		return fmt.Errorf("erasures: tidy: %w", err)
	}
	slices.Reverse(erased)
	for _, id := range erased {
		if err := s.acrossRooms(ctx, func(ctx context.Context, tx db.Tx) error {
			p, err := s.Person(ctx, tx, id)
			if err != nil {
				return err
			}
			_, err = s.empty(ctx, tx, p, EraseRequest{LeadID: id}, s.clock.Now())
			return err
		}); err != nil {
			return err
		}
	}
	if len(erased) > 0 {
		return s.settleFile(ctx)
	}
	return nil
}
