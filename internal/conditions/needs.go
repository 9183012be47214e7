package conditions

import (
	"maps"
	"slices"
	"time"
)

// Need is what facts must hold so that conditions can be asked on them.
type Need struct {
	// Events are the names of the events asked for, each with the longest time back
	// from now that one of the conditions looks; 0 is ever.
	Events map[string]time.Duration
	// Sets are the kinds of sets asked for, each with the names as in Facts.Sets.
	Sets map[string][]string
	// Numbers are the figures asked for.
	Numbers []string
	// Fields are the names of the fields asked for.
	Fields []string
}

// Needs returns what all these conditions together must be told.
func Needs(conds ...Condition) Need {
	events, sets := map[string]time.Duration{}, map[string]map[string]bool{}
	numbers, fields := map[string]bool{}, map[string]bool{}
	for _, c := range conds {
		c.walk(func(c Condition) {
			if c.Field != "" {
				fields[c.Field] = true
			}
			if c.Event != "" {
				events[c.Event] = longer(events, c.Event, c.Within.Duration())
			}
			if set, name := c.membership(); set != "" {
				if sets[set] == nil {
					sets[set] = map[string]bool{}
				}
				sets[set][name] = true
			}
			if number, _ := c.figure(); number != "" {
				numbers[number] = true
			}
		})
	}
	need := Need{Events: events, Sets: map[string][]string{}, Numbers: slices.Sorted(maps.Keys(numbers)), Fields: slices.Sorted(maps.Keys(fields))}
	for set, names := range sets {
		need.Sets[set] = slices.Sorted(maps.Keys(names))
	}
	return need
}

// longer is the longer of the time known for an event and another one; 0 is ever.
func longer(events map[string]time.Duration, name string, within time.Duration) time.Duration {
	known, ok := events[name]
	if ok && (known == 0 || within == 0) {
		return 0
	}
	return max(known, within)
}

// Segments are the keys of the segments that the condition refers to, sorted.
func (c Condition) Segments() []string { return Needs(c).Sets[SetSegment] }

// Variants are the variants of experiments of which the condition speaks, as
// "experiment/variant", sorted.
func (c Condition) Variants() []string { return Needs(c).Sets[SetVariant] }

// TimeDependent says whether the answer can change by nothing but the passing of
// time: something is asked about the last days.
func (c Condition) TimeDependent() (depends bool) {
	c.walk(func(c Condition) {
		depends = depends || c.Within != 0
		for _, p := range c.Properties {
			depends = depends || p.Within != 0
		}
	})
	return depends
}
