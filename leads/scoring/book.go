package scoring

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/leads"
)

// book is the rules that count and the scale, as they were at one moment, made ready.
type book struct {
	edition string // the same for the same rules and scale
	rules   []*counter
	scale   *Scale
	asked   []conditions.Condition // of all rules together
	names   []string               // of the events that give points
}

// counter is a rule made ready for being asked of many leads.
type counter struct {
	ID  int64
	Key string
	*Rule
	matcher *conditions.Matcher // of its condition, or of an event that gives points
}

// page is a rule or the scale as it is stored.
type page struct {
	Kind       string
	ID         int64
	Key        string
	Definition string
}

// book returns the present rules and scale. They are made ready only when they have
// changed since the last time.
func (s *Service) book(ctx context.Context, idb bun.IDB) (*book, error) {
	var pages []page
	if err := idb.NewRaw(`SELECT ? AS kind, id, key, CAST(definition AS TEXT) AS definition FROM scoring_rules
		UNION ALL SELECT ?, id, key, CAST(definition AS TEXT) FROM grade_scales ORDER BY 1, 2`, ruleKind, scaleKind).Scan(ctx, &pages); err != nil {
		return nil, fmt.Errorf("scoring: rules: %w", err)
	}
	var all strings.Builder
	for _, p := range pages {
		fmt.Fprintf(&all, "%s %d %s\n", p.Kind, p.ID, p.Definition)
	}
	if known := s.last.Load(); known != nil && known.edition == all.String() {
		return known, nil
	}
	b, err := readBook(pages)
	if err != nil {
		return nil, err
	}
	b.edition = all.String()
	s.last.Store(b)
	return b, nil
}

func readBook(pages []page) (*book, error) {
	b := &book{scale: &usual}
	for _, p := range pages {
		if p.Kind == scaleKind {
			scale := new(Scale)
			if err := json.Unmarshal([]byte(p.Definition), scale); err != nil {
				return nil, fmt.Errorf("scoring: scale %s: %w", p.Key, err)
			}
			if p.Key == scaleKey {
				b.scale = scale
			}
			continue
		}
		r := new(Rule)
		if err := json.Unmarshal([]byte(p.Definition), r); err != nil {
			return nil, fmt.Errorf("scoring rule %s: %w", p.Key, err)
		}
		if !r.IsActive() {
			continue
		}
		c := &counter{ID: p.ID, Key: p.Key, Rule: r}
		if r.Condition != nil {
			c.matcher = conditions.Compile(*r.Condition)
			b.asked = append(b.asked, *r.Condition)
		} else {
			where, err := conditions.ReadProperties(r.Where)
			if err != nil {
				return nil, fmt.Errorf("scoring rule %s: where.%w", p.Key, err)
			}
			c.matcher = conditions.Compile(conditions.Condition{Event: r.Event, Properties: where})
			if !slices.Contains(b.names, r.Event) {
				b.names = append(b.names, r.Event)
			}
		}
		b.rules = append(b.rules, c)
	}
	return b, nil
}

// timeDependent says whether a rule's points change by nothing but the passing of time.
func (b *book) timeDependent() bool {
	return slices.ContainsFunc(b.rules, func(r *counter) bool {
		return r.HalfLife > 0 || r.Condition != nil && r.Condition.TimeDependent()
	})
}

// brings are the events with which others can come to a lead: what a visitor did
// before, or what another lead did.
var brings = map[string]bool{
	leads.EventPastJoined: true, leads.EventLeadsMerged: true, leads.EventMergeUndone: true,
}

// concerns says whether an event can change a score.
func (b *book) concerns(e *leads.Event) bool {
	if brings[e.Name] {
		return true
	}
	return slices.ContainsFunc(b.rules, func(r *counter) bool { return r.Condition != nil || r.gives(e, e.OccurredAt) })
}

// gives says whether the rule's points are given for an event, as of now.
func (r *counter) gives(e *leads.Event, now time.Time) bool {
	if r.Event != e.Name {
		return false
	}
	folds := e.Folds
	if folds == nil {
		folds = conditions.Fold(e.Properties)
	}
	return r.matcher.Match(&conditions.Facts{Events: []conditions.Event{{Name: e.Name, Folds: folds, At: e.OccurredAt}}}, now)
}
