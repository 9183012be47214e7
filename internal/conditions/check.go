package conditions

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// How large a condition may be. Beyond this nobody can say any more whom it means,
// and the database cannot say it quickly.
const (
	maxDepth  = 12
	maxLeaves = 100
	maxTimes  = 10_000
)

// Check says, naming the place, what is wrong with the way a condition is written.
func (c Condition) Check() error {
	leaves := 0
	return c.check("condition", 1, &leaves)
}

const kinds = "all, any, not, field, event, tag, segment, consent, grade, variant, points and score"

func (c Condition) check(at string, depth int, leaves *int) error {
	if depth > maxDepth {
		return fmt.Errorf("%s: %w", at, refuse("deep", "nested more than %d deep", maxDepth))
	}
	if c.Blank != "" {
		return fmt.Errorf("%s: %w", at, refuse("blank", "%s: nothing is written here: write a value, or leave %[1]s out", c.Blank))
	}
	if err := c.checkShape(); err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	if depth > 1 && c.set() == 0 {
		return fmt.Errorf("%s: %w", at, refuse("nothing", "asks for nothing: write one of "+kinds))
	}
	if c.All == nil && c.Any == nil && c.Not == nil {
		if *leaves++; *leaves > maxLeaves {
			return fmt.Errorf("%s: %w", at, refuse("many", "more than %d single conditions; put some into a segment of their own", maxLeaves))
		}
		if err := c.checkLeaf(); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	}
	for i, part := range c.All {
		if err := part.check(fmt.Sprintf("%s.all[%d]", at, i), depth+1, leaves); err != nil {
			return err
		}
	}
	for i, part := range c.Any {
		if err := part.check(fmt.Sprintf("%s.any[%d]", at, i), depth+1, leaves); err != nil {
			return err
		}
	}
	if c.Not != nil {
		return c.Not.check(at+".not", depth+1, leaves)
	}
	return nil
}

// set is how many kinds of condition this one is.
func (c Condition) set() (n int) {
	for _, is := range []bool{
		c.All != nil, c.Any != nil, c.Not != nil, c.Field != "", c.Event != "", c.Tag != "", c.Segment != "",
		c.Consent != "", c.Grade != "", c.Variant != "", c.Points != nil, c.Score != nil,
	} {
		if is {
			n++
		}
	}
	return n
}

// checkShape looks at what stands together.
func (c Condition) checkShape() error {
	test := c.Test
	if c.Event != "" {
		test.Within = 0
	}
	switch {
	case c.set() > 1:
		return refuse("kinds", "only one of "+kinds+" can stand here")
	case c.Field == "" && test.count() > 0 && c.Within != 0 && c.Event == "":
		return refuse("within_alone", "within needs a field or an event")
	case c.Field == "" && test.count() > 0:
		return refuse("test_alone", "is, one_of, contains, starts_with, known, at_least and at_most need a field")
	case c.Event == "" && (c.Properties != nil || c.Times != 0):
		return refuse("where_alone", "where and times need an event")
	}
	return nil
}

var (
	consentPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}(/[a-z0-9][a-z0-9_-]{0,63})?$`)
	variantPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}/[^/\s[:cntrl:]][^/[:cntrl:]]{0,63}$`)
)

func (c Condition) checkLeaf() error {
	switch {
	case c.Field != "" && !foldable(c.Field):
		return refuse("field", "%q: no field has such a name", c.Field)
	case c.Field != "":
		if err := c.Test.check(); err != nil {
			return fmt.Errorf("field %s: %w", c.Field, err)
		}
	case c.Event != "":
		return c.checkEvent()
	case c.Tag != "" && (foldText(c.Tag) == "" || len(c.Tag) > maxText):
		return refuse("tag", "tag: no tag has such a name")
	case c.Segment != "" && !named(c.Segment):
		return refuse("segment", "segment: write the segment's key")
	case c.Grade != "" && !named(c.Grade):
		return refuse("grade", "grade: write one grade, A for example")
	case c.Consent != "" && !consentPattern.MatchString(c.Consent):
		return refuse("consent", "consent: %q: write the purpose, or the purpose and the channel: marketing or marketing/email", c.Consent)
	case c.Variant != "" && !variantPattern.MatchString(c.Variant):
		return refuse("variant", "variant: %q: write the experiment and the variant: summer-page/b", c.Variant)
	}
	return nil
}

func (c Condition) checkEvent() error {
	switch {
	case len(c.Event) > 2*maxName || !utf8.ValidString(c.Event) || strings.ContainsRune(c.Event, 0):
		return refuse("event", "event: no event has such a name")
	case c.Times < 0:
		return refuse("times_negative", "times cannot be negative")
	case c.Times > maxTimes:
		return refuse("times", "times: %d is the most", maxTimes)
	case c.Within != 0:
		if err := checkWithin(c.Within); err != nil {
			return err
		}
	}
	if err := c.Properties.Check(); err != nil {
		return fmt.Errorf("where.%w", err)
	}
	return nil
}

// named says whether a text can be the name of a member of a set.
func named(name string) bool {
	return len(name) <= maxName && utf8.ValidString(name) && strings.TrimSpace(name) == name && !strings.ContainsRune(name, 0)
}
