package segments

import (
	"math"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/sarnakh/sarnakh/internal/conditions"
)

// readCondition reads a condition as YAML and checks it. Nothing is everybody. The
// error names the place.
func readCondition(text string) (conditions.Condition, error) {
	var c conditions.Condition
	if strings.TrimSpace(text) == "" {
		return c, nil
	}
	if err := yaml.UnmarshalWithOptions([]byte(text), &c, yaml.Strict()); err != nil {
		return c, err
	}
	return c, c.Check()
}

// writeCondition is a condition as YAML.
func writeCondition(c conditions.Condition) (string, error) {
	raw, err := yaml.MarshalWithOptions(whole(c), yaml.IndentSequence(false))
	return string(raw), err
}

// whole writes whole numbers as people do: 4, and not 4.0 as JSON gave them to us.
func whole(c conditions.Condition) conditions.Condition {
	c.Test = wholeTest(c.Test)
	c.All, c.Any = wholeAll(c.All), wholeAll(c.Any)
	if c.Not != nil {
		inner := whole(*c.Not)
		c.Not = &inner
	}
	if c.Properties != nil {
		properties := make(conditions.Properties, len(c.Properties))
		for name, p := range c.Properties {
			properties[name] = conditions.Property(wholeTest(conditions.Test(p)))
		}
		c.Properties = properties
	}
	return c
}

func wholeAll(parts []conditions.Condition) []conditions.Condition {
	if parts == nil {
		return nil
	}
	out := make([]conditions.Condition, len(parts))
	for i, p := range parts {
		out[i] = whole(p)
	}
	return out
}

func wholeTest(t conditions.Test) conditions.Test {
	t.Is, t.AtLeast, t.AtMost = wholeNumber(t.Is), wholeNumber(t.AtLeast), wholeNumber(t.AtMost)
	if t.OneOf != nil {
		list := make([]any, len(t.OneOf))
		for i, v := range t.OneOf {
			list[i] = wholeNumber(v)
		}
		t.OneOf = list
	}
	return t
}

func wholeNumber(v any) any {
	if n, ok := v.(float64); ok && n == math.Trunc(n) && math.Abs(n) < 1<<53 {
		return int64(n)
	}
	return v
}
