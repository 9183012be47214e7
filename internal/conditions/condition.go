package conditions

// Condition is a tree: exactly one of All, Any, Not, Field, Event, Tag, Segment,
// Consent, Grade, Variant, Points and Score is set. The zero Condition holds for
// everybody, and so does an empty All; an empty Any holds for nobody. Within another one
// a Condition asks for something: Check refuses the zero one there.
type Condition struct {
	All []Condition `json:"all,omitzero" yaml:"all,omitzero"`
	Any []Condition `json:"any,omitzero" yaml:"any,omitzero"`
	Not *Condition  `json:"not,omitempty" yaml:"not,omitzero"`

	// Field is the name of a field or attribute; the Test says what about it.
	Field string `json:"field,omitempty" yaml:"field,omitzero"`

	// Event holds when it happened at least Times times (once when zero), with all
	// Properties, within the time Test.Within until now (ever when that is zero).
	// Events of the future do not count.
	Event      string     `json:"event,omitempty" yaml:"event,omitzero"`
	Properties Properties `json:"where,omitempty" yaml:"where,omitzero"`
	Times      int        `json:"times,omitempty" yaml:"times,omitzero"`

	// The Test belongs to Field; an Event takes its Within alone.
	Test `yaml:",inline"`

	// Membership in what bears this name.
	Tag     string `json:"tag,omitempty" yaml:"tag,omitzero"`         // compared folded
	Segment string `json:"segment,omitempty" yaml:"segment,omitzero"` // the segment's key
	Consent string `json:"consent,omitempty" yaml:"consent,omitzero"` // "marketing", or "marketing/email" for one channel
	Grade   string `json:"grade,omitempty" yaml:"grade,omitzero"`
	Variant string `json:"variant,omitempty" yaml:"variant,omitzero"` // "experiment/variant"

	// Points and Score hold from this figure on; who has none has 0.
	Points *int64 `json:"points,omitempty" yaml:"points,omitzero"`
	Score  *int64 `json:"score,omitempty" yaml:"score,omitzero"`

	// Blank names a field that was written without a value, which Check refuses; it is
	// known of what was just read, and never stored.
	Blank string `json:"-" yaml:"-"`
}

// The sets of people that a condition can name, and the figures it can ask for: the
// keys of Facts.Sets and Facts.Numbers, and of those of a Schema.
const (
	SetTag     = "tag"
	SetSegment = "segment"
	SetConsent = "consent"
	SetGrade   = "grade"
	SetVariant = "variant"

	NumberPoints = "points"
	NumberScore  = "score"
)

// membership returns which set a leaf asks about, and the name of the member as it
// stands in Facts.Sets.
func (c Condition) membership() (set, name string) {
	switch {
	case c.Tag != "":
		return SetTag, foldText(c.Tag)
	case c.Segment != "":
		return SetSegment, c.Segment
	case c.Consent != "":
		return SetConsent, c.Consent
	case c.Grade != "":
		return SetGrade, c.Grade
	case c.Variant != "":
		return SetVariant, c.Variant
	}
	return "", ""
}

// figure returns which number a leaf asks about, and from where on it holds.
func (c Condition) figure() (number string, least float64) {
	switch {
	case c.Points != nil:
		return NumberPoints, float64(*c.Points)
	case c.Score != nil:
		return NumberScore, float64(*c.Score)
	}
	return "", 0
}

// parts are the conditions right below this one.
func (c Condition) parts() []Condition {
	if c.Not != nil {
		return []Condition{*c.Not}
	}
	if c.All != nil {
		return c.All
	}
	return c.Any
}

// walk calls visit for the condition and all below it, the upper ones first.
func (c Condition) walk(visit func(Condition)) {
	visit(c)
	for _, part := range c.parts() {
		part.walk(visit)
	}
}
