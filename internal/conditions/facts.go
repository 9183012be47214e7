package conditions

import (
	"maps"
	"time"
)

// Facts are what is known about one person when a condition is asked. Needs says
// which of them a condition asks for.
type Facts struct {
	Fields  map[string]any // as Fold makes them
	Events  []Event        // in any order
	Numbers map[string]float64
	// Sets holds, by the kind of set (SetTag, …), the names of those that the person
	// is in: tags folded (i18n.Fold), segments by key, consents as "purpose" and as
	// "purpose/channel", variants as "experiment/variant".
	Sets map[string]map[string]bool
}

// Event is something the person did.
type Event struct {
	Name  string
	Folds map[string]any // its properties, as Fold makes them
	At    time.Time
}

// SetNumber says how much the person has of something.
func (f *Facts) SetNumber(name string, value float64) {
	if f.Numbers == nil {
		f.Numbers = map[string]float64{}
	}
	f.Numbers[name] = value
}

// Join puts the person into a set: SetTag, say, and a name as it stands in Sets.
func (f *Facts) Join(set, name string) {
	if f.Sets == nil {
		f.Sets = map[string]map[string]bool{}
	}
	if f.Sets[set] == nil {
		f.Sets[set] = map[string]bool{}
	}
	f.Sets[set][name] = true
}

// With are the same facts with more, or less, of a number; the original stays.
func (f Facts) With(number string, more float64) Facts {
	f.Numbers = maps.Clone(f.Numbers)
	f.SetNumber(number, f.Numbers[number]+more)
	return f
}
