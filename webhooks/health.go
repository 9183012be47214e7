package webhooks

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// hours is how attempts at an endpoint ended within an hour.
type hours struct {
	bun.BaseModel `bun:"table:webhook_hours,alias:tally"`

	EndpointID int64     `bun:",pk"`
	Hour       time.Time `bun:",pk"`
	Delivered  int64
	Failed     int64
}

// Health is how an endpoint fares.
type Health struct {
	Delivered int64 `json:"delivered"` // deliveries that arrived in the last 24 hours
	Failed    int64 `json:"failed"`    // attempts that failed in the last 24 hours
	Waiting   int64 `json:"waiting"`   // deliveries on their way now; more than 10,000 count as 10,000
}

// most is up to where deliveries on their way are counted for a page.
const most = 10_000

// Health returns how endpoints have fared since 24 hours ago, by id. The hour that
// began before is counted whole.
func (s *Service) Health(ctx context.Context, endpoints ...int64) (map[int64]*Health, error) {
	out := map[int64]*Health{}
	if len(endpoints) == 0 {
		return out, nil
	}
	var rows []hours
	if err := s.db.Read().NewSelect().Model(&rows).Column("endpoint_id").
		ColumnExpr("sum(delivered) AS delivered").ColumnExpr("sum(failed) AS failed").
		Where("endpoint_id IN (?)", bun.List(endpoints)).Where("hour > ?", s.clock.Now().Add(-25*time.Hour)).
		Group("endpoint_id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("webhooks: health: %w", err)
	}
	for _, id := range endpoints {
		out[id] = &Health{}
	}
	for _, r := range rows {
		out[r.EndpointID].Delivered, out[r.EndpointID].Failed = r.Delivered, r.Failed
	}
	for _, id := range endpoints {
		for _, state := range []string{StateWaiting, StateSending} {
			few := s.db.Read().NewSelect().Model((*Delivery)(nil)).ColumnExpr("1").
				Where("endpoint_id = ?", id).Where("state = ?", state).Limit(most)
			n, err := s.db.Read().NewSelect().TableExpr("(?) AS few", few).Count(ctx)
			if err != nil {
				return nil, fmt.Errorf("webhook %d: count what waits: %w", id, err)
			}
			out[id].Waiting = min(out[id].Waiting+int64(n), most)
		}
	}
	return out, nil
}
