package leads

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
)

// Erased is a line of the log of who was erased: when, why and by whom, and nothing of
// who it was.
type Erased struct {
	bun.BaseModel `bun:"table:lead_erasures,alias:erased"`

	ID     int64            `bun:",pk,autoincrement" json:"id"`
	LeadID int64            `json:"lead_id"` // the row that stayed, empty
	Reason string           `json:"reason"`
	ByWhom string           `json:"by_whom"`
	Rows   map[string]int64 `bun:"type:jsonb" json:"rows"` // how many rows of what were emptied or deleted
	At     time.Time        `json:"at"`
}

// erasureMark finds an erasure by how the person was known.
type erasureMark struct {
	bun.BaseModel `bun:"table:lead_erasure_marks,alias:erasure_mark"`

	Mark      string
	ErasureID int64
}

// marks are keyed fingerprints of all by which a person is recognised.
func (s *Service) marks(p *Person) []string {
	var out []string
	for _, l := range append([]*Lead{p.Lead}, p.Merged...) {
		for kind, known := range map[string]string{"email": l.EmailNorm, "phone": l.PhoneNorm, "external": l.ExternalID} {
			if known != "" {
				out = append(out, s.mark(kind, known))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (s *Service) mark(kind, known string) string {
	return s.signer().Hash("leads.erasure", kind+":"+known)
}

// write adds the line, within tx.
func (e *Erased) write(ctx context.Context, tx db.Tx, marks []string) error {
	if _, err := tx.NewInsert().Model(e).ExcludeColumn("id").Returning("id").Exec(ctx); err != nil {
		return fmt.Errorf("erasures: write: %w", err)
	}
	if len(marks) == 0 {
		return nil
	}
	rows := make([]*erasureMark, len(marks))
	for i, mark := range marks {
		rows[i] = &erasureMark{Mark: mark, ErasureID: e.ID}
	}
	if _, err := tx.NewInsert().Model(&rows).Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("erasures: mark: %w", err)
	}
	return nil
}

// Erasures pages through the log, the newest first, back from the line with the id
// before. With known, an e-mail address, telephone number or external id, it has only the
// lines of whoever was known by it.
func (s *Service) Erasures(ctx context.Context, known string, before int64, limit int) (page []*Erased, more bool, err error) {
	q := s.db.Read().NewSelect().Model(&page).Order("id DESC").Limit(int64(limit) + 1)
	if before > 0 {
		q = q.Where("id < ?", before)
	}
	if known = strings.TrimSpace(known); known != "" {
		marks := []string{s.mark("email", NormEmail(known)), s.mark("external", known)}
		if phone := s.NormPhone(known); phone != "" {
			marks = append(marks, s.mark("phone", phone))
		}
		q = q.Where("id IN (?)", s.db.Read().NewSelect().Model((*erasureMark)(nil)).Column("erasure_id").Where("mark IN (?)", bun.List(marks)))
	}
	if err := q.Scan(ctx); err != nil {
		return nil, false, fmt.Errorf("erasures: list: %w", err)
	}
	if len(page) > limit {
		return page[:limit], true, nil
	}
	return page, false, nil
}
