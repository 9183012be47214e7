package assign

// Config describes how an experiment divides its visitors.
type Config struct {
	// Key names the experiment and is the seed where Seed is empty.
	Key  string
	Seed string
	// Version is V2 or V1; under any other version nobody takes part.
	Version int
	// Variations is how many there are. With fewer than two nobody takes part.
	Variations int
	// Weights has the share of each variation; nil means equal shares.
	Weights []float64
	// Coverage is the share of visitors who take part, from 0 to 1.
	Coverage float64
	// Ranges, where given, is used as it is in place of Weights and Coverage.
	Ranges []Range
	// Namespace, where given, narrows the experiment to its piece.
	Namespace *Namespace
}

// Split assigns visitors to variations. It is made once per version of an
// experiment, holds no reference to the Config it came from, and may be used
// by many goroutines at once.
type Split struct {
	hasher    hasher
	ranges    []Range
	namespace Namespace
	narrowed  bool
}

// New prepares c. It accepts everything that the SDKs accept: a configuration
// that makes no sense yields a split in which nobody takes part.
func New(c Config) *Split {
	seed := c.Seed
	if seed == "" {
		seed = c.Key
	}
	s := &Split{hasher: newHasher(seed, c.Version)}
	if c.Variations < 2 {
		return s
	}
	if len(c.Ranges) > 0 {
		// A range beyond the last variation would name one that is not there.
		s.ranges = append(s.ranges, c.Ranges[:min(len(c.Ranges), c.Variations)]...)
	} else {
		s.ranges = BucketRanges(c.Variations, c.Coverage, c.Weights)
	}
	if c.Namespace != nil {
		s.namespace, s.narrowed = *c.Namespace, true
	}
	return s
}

// Assign returns the variation of the visitor with this id, counted from 0. It
// is false for a visitor who does not take part: an empty id, a point outside
// all ranges, or another piece of the namespace. It allocates nothing, and its
// time grows with the length of id alone.
func (s *Split) Assign(id string) (variation int, ok bool) {
	if id == "" || s.narrowed && !s.namespace.Contains(id) {
		return -1, false
	}
	n, ok := s.hasher.place(id)
	if !ok {
		return -1, false
	}
	variation = ChooseVariation(n, s.ranges)
	return variation, variation >= 0
}

// Ranges returns a copy of the piece of each variation, as SDKs are told it.
func (s *Split) Ranges() []Range {
	return append([]Range(nil), s.ranges...)
}
