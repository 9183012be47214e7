package period

import (
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

func TestPeriodsAreReadAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"30m": 30 * time.Minute, "12h": 12 * time.Hour, "2d": 48 * time.Hour, "1w": 7 * 24 * time.Hour, "8w": 8 * 7 * 24 * time.Hour, "30d": 30 * 24 * time.Hour, "9d3h": (9*24 + 3) * time.Hour,
	} {
		p, err := Parse(text)
		if err != nil || p.Duration() != want || p.String() != text {
			t.Errorf("Parse(%q) = %v, %v", text, p, err)
		}
	}
	if p, err := Parse("4w2d"); err != nil || p.String() != "30d" {
		t.Errorf("4w2d = %v, %v: want 30d", p, err)
	}
	for _, bad := range []string{"", "2", "d", "-2d", "0d", "2 d", "2y", "1e9d", "99999999d"} {
		if p, err := Parse(bad); err == nil {
			t.Errorf("Parse(%q) = %v", bad, p)
		}
	}
}

func TestPeriodsStandInYAMLWithAndWithoutQuotes(t *testing.T) {
	var doc struct {
		A, B Period
	}
	if err := yaml.Unmarshal([]byte("a: 2d\nb: \"3h\"\n"), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.A.String() != "2d" || doc.B.String() != "3h" {
		t.Errorf("read %v and %v", doc.A, doc.B)
	}
	out, err := yaml.Marshal(doc)
	if err != nil || string(out) != "a: 2d\nb: 3h\n" {
		t.Errorf("written %q, %v", out, err)
	}
}
