package leads

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// marksOf are the marks by which an identity is known to have been erased. A number counts
// only where nothing else is known: a family may share it.
func (s *Service) marksOf(id identity) []string {
	var marks []string
	if id.email != "" {
		marks = append(marks, s.mark("email", id.email))
	}
	if id.external != "" {
		marks = append(marks, s.mark("external", id.external))
	}
	if id.phone != "" && len(marks) == 0 {
		marks = append(marks, s.mark("phone", id.phone))
	}
	return marks
}

// ErasedSince returns, for each of these profiles, when whoever was known by its external
// id, e-mail or telephone number was erased last; zero for who never was. What is told
// late about somebody can so be told from what they say anew.
func (s *Service) ErasedSince(ctx context.Context, idb bun.IDB, profiles []*Profile) ([]time.Time, error) {
	out, of := make([]time.Time, len(profiles)), map[string][]int{}
	for i, p := range profiles {
		for _, mark := range s.marksOf(s.identify(p)) {
			of[mark] = append(of[mark], i)
		}
	}
	if len(of) == 0 {
		return out, nil
	}
	marks := make([]string, 0, len(of))
	for mark := range of {
		marks = append(marks, mark)
	}
	var found []struct {
		Mark string
		At   time.Time
	}
	if err := idb.NewSelect().Model((*erasureMark)(nil)).Column("erasure_mark.mark").ColumnExpr("e.at AS at").
		Join("JOIN lead_erasures AS e ON e.id = erasure_mark.erasure_id").
		Where("erasure_mark.mark IN (?)", bun.List(marks)).Scan(ctx, &found); err != nil {
		return nil, fmt.Errorf("erasures: who was erased: %w", err)
	}
	for _, row := range found {
		for _, i := range of[row.Mark] {
			if row.At.After(out[i]) {
				out[i] = row.At
			}
		}
	}
	return out, nil
}
