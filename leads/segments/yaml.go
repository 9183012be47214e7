package segments

import (
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
	raw, err := yaml.MarshalWithOptions(c, yaml.IndentSequence(false))
	return string(raw), err
}
