package abtest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

const written = `kind: experiment
key: guide-promise
name: The guide's promise / وعدهٔ راهنما
hypothesis:
  en: A number convinces more than an adjective.
  fa: عدد بیش از صفت قانع می‌کند.
surface: page
variants:
  - key: a
    name: {en: Good coffee, fa: قهوهٔ خوب}
    weight: 50
  - key: b
    name: {en: Four minutes, fa: چهار دقیقه}
    weight: 50
goal:
  event: Form Submitted
  where: {form: brewing-guide}
planned_visitors_per_arm: 900
planned_conversion_rate: 0.13
minimum_days: 7
whole_weeks: true
state: running
`

func (h *house) applyFile(text string) ([]manifest.Change, error) {
	files := fstest.MapFS{"experiment.yaml": {Data: []byte(text)}}
	b, err := manifest.Load(files, []string{"experiment.yaml"}, h.Kinds())
	if err != nil {
		return nil, err
	}
	return b.Apply(context.Background(), h.db, h.Kinds())
}

func TestAnExperimentIsSetUpFromAFile(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		_, err := h.applyFile(written)
		h.must(err)
		e := h.find("guide-promise")
		if e.State() != Running || e.Shares[0] != 0.5 || e.Kappa <= 2 || e.Definition.Goal.Where["form"] != "brewing-guide" {
			t.Errorf("%+v", e)
		}
		again, err := h.applyFile(written)
		if err != nil || again[0].Diff != "" {
			t.Errorf("applied again: %v %v", again, err)
		}
		_, err = h.applyFile(strings.Replace(written, "planned_visitors_per_arm: 900", "planned_visitors_per_arm: 90", 1))
		var problems manifest.Problems
		if !errors.As(err, &problems) || len(problems) == 0 || problems[0].Path == "" || !strings.HasPrefix(problems[0].Error(), "experiment.yaml:") {
			t.Errorf("%v, want the file, the line and the field", err)
		}
	})
}

func TestAFileSaysWhatIsWrongWithAnExperiment(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	for old, bad := range map[string]string{
		"surface: page":                 "surface: poster",
		"state: running":                "state: decided",
		"planned_visitors_per_arm: 900": "planned_visitors_per_arm: 0",
		"planned_conversion_rate: 0.13": "planned_conversion_rate: 13",
		"minimum_days: 7":               "minimum_days: -1",
		"    weight: 50\n":              "    weight: -50\n",
		"whole_weeks: true":             "alpha: 0.7",
		"key: guide-promise":            "key: Guide Promise",
	} {
		if _, err := h.applyFile(strings.Replace(written, old, bad, 1)); !errors.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", strings.TrimSpace(bad), err)
		}
	}
	schema, err := manifest.Schema(h.Kinds())
	h.must(err)
	if !json.Valid(schema) || !strings.Contains(string(schema), "planned_visitors_per_arm") {
		t.Errorf("%s", schema)
	}
}
