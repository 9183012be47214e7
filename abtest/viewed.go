package abtest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// EventViewed is how sites and apps tell that a visitor saw a variant: the name that the
// Segment specification has for it, and the SDKs of GrowthBook in their examples.
const EventViewed = "Experiment Viewed"

// viewed writes down which visitors saw which variant outside, of those events that say so.
// An experiment that is none of ours, or not outside, and a variant that it does not have
// are passed over: sites tell of the experiments of other tools by the same name. It returns
// the visitors of whom no view was known.
func (s *Service) viewed(ctx context.Context, running []*Experiment, events []*leads.Event) (newcomers []string, err error) {
	var rows []*exposure
	for _, event := range events {
		if event.Name != EventViewed || !isVisitor(event.VisitorID) {
			continue
		}
		key := property(event, "experiment_id", "experimentId", "experiment", "experiment_key")
		i := slices.IndexFunc(running, func(e *Experiment) bool { return e.Key == key && e.outside() })
		if i < 0 || event.OccurredAt.Before(running[i].StartedAt) {
			continue
		}
		e := running[i]
		if v := e.variant(property(event, "variation_id", "variationId", "variant", "variation")); v != "" {
			rows = append(rows, e.exposure(event.VisitorID, v, event.OccurredAt))
		}
	}
	if len(rows) == 0 {
		return nil, nil
	}
	if newcomers, err = s.unknown(ctx, rows); err != nil {
		return nil, err
	}
	if err := s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error { return s.write(ctx, tx, rows) }); err != nil {
		return nil, fmt.Errorf("experiments: views told by events: %w", err)
	}
	return newcomers, nil
}

// unknown are the visitors of exposures that are not written down.
func (s *Service) unknown(ctx context.Context, rows []*exposure) (visitors []string, err error) {
	known := map[visitorOf]bool{}
	byExperiment := map[int64][]string{}
	for _, x := range rows {
		byExperiment[x.ExperimentID] = append(byExperiment[x.ExperimentID], x.VisitorID)
	}
	for experiment, list := range byExperiment {
		var found []string
		if err := s.db.Read().NewSelect().Model((*exposure)(nil)).Column("visitor_id").
			Where("experiment_id = ?", experiment).Where("visitor_id IN (?)", bun.List(list)).Order("visitor_id").Scan(ctx, &found); err != nil {
			return nil, fmt.Errorf("experiments: views told by events: %w", err)
		}
		for _, visitor := range found {
			known[visitorOf{experiment, visitor}] = true
		}
	}
	for _, x := range rows {
		if !known[x.who()] {
			visitors = append(visitors, x.VisitorID)
		}
	}
	return visitors, nil
}

// variant is the key of the variant that a program names by its key or its number from
// 0; "" for none of them.
func (e *Experiment) variant(named string) string {
	for i, v := range e.Definition.Variants {
		if v.Key == named || strconv.Itoa(i) == named {
			return v.Key
		}
	}
	return ""
}

// property is the first of these properties that an event has, as text.
func property(event *leads.Event, names ...string) string {
	for _, name := range names {
		switch v := event.Properties[name].(type) {
		case string:
			return strings.TrimSpace(v)
		case float64:
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	return ""
}
