package campaigns

import (
	"context"
	"fmt"

	"github.com/sarnakh/sarnakh/internal/db"
)

// endGone ends, within tx, enrollments whose lead stands for nobody any more: the person
// was erased, or the lead was merged into one that is on the same journey, and goes on
// there. One that went over to that lead a moment ago is errMoved.
func (s *Service) endGone(ctx context.Context, tx db.Tx, gone []*Enrollment) error {
	for _, e := range gone {
		res, err := tx.NewUpdate().Model((*Enrollment)(nil)).Set("state = ?", EnrollmentExited).Set("ended_at = ?", s.clock.Now()).
			Where("id = ?", e.ID).Where("lead_id = ?", e.LeadID).Exec(ctx)
		if err != nil {
			return fmt.Errorf("enrollment %d: end: %w", e.ID, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errMoved
		}
	}
	return nil
}
