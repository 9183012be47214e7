package abtest

import (
	"context"
	"fmt"
)

// segmentCell is how many visitors of a variant came in one way, and what they reached of
// the primary goal.
type segmentCell struct {
	segmentKey
	Visitors int64
	reached  sums
}

type segmentKey struct {
	Variant  string
	Regime   int
	Device   string
	Traffic  string
	Language string
}

const segmentColumns = "variant, regime, device, traffic, language"

// segments reads the tallies of now by what is known of the visitors. Of leads nothing is:
// they came by no device and no link.
func (s *Service) segments(ctx context.Context, e *Experiment) (Segments, error) {
	if e.Definition.overLeads() {
		return e.segments(nil)
	}
	// Goals before visitors: who comes in between is a visitor who has reached nothing yet.
	reached, err := s.segmentsReached(ctx, e)
	if err != nil {
		return Segments{}, fmt.Errorf("experiment %q: goals of segments: %w", e.Key, err)
	}
	var seen []segmentCell
	if err := s.db.Read().NewSelect().Model((*cellTally)(nil)).ColumnExpr(segmentColumns).ColumnExpr("sum(visitors) AS visitors").
		Where("experiment_id = ?", e.ID).Where("NOT crossed").Where("regime <= ?", e.newestRegime()).GroupExpr(segmentColumns).Having("sum(visitors) > 0").Scan(ctx, &seen); err != nil {
		return Segments{}, fmt.Errorf("experiment %q: segments: %w", e.Key, err)
	}
	for i := range seen {
		c := &seen[i]
		c.reached = reached[c.segmentKey]
		// One who was seen in a second variant in between has left the visitors alone.
		c.reached.Visitors = min(c.reached.Visitors, c.Visitors)
	}
	return e.segments(seen)
}

// segmentsReached is what visitors reached of the primary goal, the highest values held down.
func (s *Service) segmentsReached(ctx context.Context, e *Experiment) (map[segmentKey]sums, error) {
	g := e.Definition.primary()
	columns := "sum(visitors) AS visitors"
	if g.byMean() {
		columns = sumColumns
	}
	type row struct {
		segmentKey
		sums
	}
	var rows, over []row
	if err := s.db.Read().NewSelect().Model((*goalTally)(nil)).ColumnExpr(segmentColumns).ColumnExpr(columns).
		Where("experiment_id = ?", e.ID).Where("goal = ?", g.Key).Where("NOT crossed").
		Where("regime <= ?", e.newestRegime()).GroupExpr(segmentColumns).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	if g.Cap != 0 {
		if err := s.heldDown(ctx, e, &g, s.values(e, &g), everyDay, segmentColumns, &over); err != nil {
			return nil, err
		}
	}
	reached := make(map[segmentKey]sums, len(rows))
	for _, r := range append(rows, over...) {
		reached[r.segmentKey] = reached[r.segmentKey].plus(r.sums, 1)
	}
	return reached, nil
}
