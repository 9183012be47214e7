// Package period reads lengths of time the way a marketer writes them: 2d, 3h30m, 1w.
package period

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Period is a length of domain time. A day is 24 hours, a week seven days.
type Period time.Duration

var units = map[string]time.Duration{
	"w": 7 * 24 * time.Hour, "d": 24 * time.Hour, "h": time.Hour, "m": time.Minute, "s": time.Second,
}

var part = regexp.MustCompile(`^(\d{1,6})([wdhms])`)

// Parse reads "2d", "1w2d" or "3h30m". Zero and negative lengths are refused.
func Parse(s string) (Period, error) {
	var total time.Duration
	for rest := s; rest != ""; {
		m := part.FindStringSubmatch(rest)
		if m == nil {
			return 0, fmt.Errorf("%q is not a length of time: write 30m, 12h, 2d or 1w", s)
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return 0, err
		}
		total += time.Duration(n) * units[m[2]]
		rest = rest[len(m[0]):]
	}
	if total <= 0 {
		return 0, fmt.Errorf("a length of time is needed: write 30m, 12h, 2d or 1w")
	}
	return Period(total), nil
}

// Duration returns the period as the standard library's type.
func (p Period) Duration() time.Duration { return time.Duration(p) }

// String writes the period as a marketer would: whole weeks as such, anything else in
// days and less: 2w, 30d, 3h30m.
func (p Period) String() string {
	rest := time.Duration(p)
	if rest > 0 && rest%units["w"] == 0 {
		return strconv.FormatInt(int64(rest/units["w"]), 10) + "w"
	}
	var s string
	for _, u := range []string{"d", "h", "m", "s"} {
		if n := rest / units[u]; n > 0 {
			s += strconv.FormatInt(int64(n), 10) + u
			rest -= n * units[u]
		}
	}
	return s
}

// MarshalText writes what Parse reads.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what a marketer wrote.
func (p *Period) UnmarshalText(text []byte) error {
	v, err := Parse(string(text))
	if err != nil {
		return err
	}
	*p = v
	return nil
}

// UnmarshalYAML reads a scalar of a YAML file; its error knows the place.
func (p *Period) UnmarshalYAML(node ast.Node) error {
	var s string
	if err := yaml.NodeToValue(node, &s); err != nil {
		return err
	}
	if err := p.UnmarshalText([]byte(s)); err != nil {
		return &yaml.SyntaxError{Message: err.Error(), Token: node.GetToken()}
	}
	return nil
}

// MarshalJSON writes a string.
func (p Period) MarshalJSON() ([]byte, error) { return json.Marshal(p.String()) }

// UnmarshalJSON reads a string.
func (p *Period) UnmarshalJSON(raw []byte) error {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	return p.UnmarshalText([]byte(s))
}
