package abtest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
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

// formKind stands in for the forms: there is one.
type formKind struct{}

func (formKind) Name() string                                     { return "form" }
func (formKind) New() manifest.Doc                                { return nil }
func (formKind) Apply(context.Context, db.Tx, manifest.Doc) error { return errs.Invalid }
func (formKind) Current(_ context.Context, _ bun.IDB, key string) (manifest.Doc, error) {
	if key == "brewing-guide" {
		return nil, nil
	}
	return nil, errs.NotFound
}

func TestAFileTakesNoZeroForWhatIsUsual(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	for _, field := range []string{"minimum_effect", "planned_weeks", "coverage", "alpha"} {
		if _, err := h.applyFile(written + field + ": 0\n"); err == nil || !strings.Contains(err.Error(), field+": must be ") && !strings.Contains(err.Error(), field+": at least 1") {
			t.Errorf("%s: 0 in a file: %v", field, err)
		}
	}
}

func (h *house) applyFile(text string) ([]manifest.Change, error) {
	files := fstest.MapFS{"experiment.yaml": {Data: []byte(text)}}
	b, err := manifest.Load(files, []string{"experiment.yaml"}, h.Kinds())
	if err != nil {
		return nil, err
	}
	return b.Apply(context.Background(), h.db, append(h.Kinds(), formKind{}))
}

func TestAGoalNamesAFormThatExists(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	_, err := h.applyFile(strings.Replace(written, "{form: brewing-guide}", "{form: brewing-gude}", 1))
	var problems manifest.Problems
	if !errors.As(err, &problems) || problems[0].Path != "goal.where.form" || problems[0].Line != 17 || !strings.Contains(err.Error(), `no form "brewing-gude"`) {
		t.Errorf("%v, want the file, the line and the form", err)
	}
	_, err = h.applyFile(strings.Replace(written, "event: Form Submitted\n  where: {form: brewing-guide}", "event: Page Viewed\n  where: {form: x}", 1))
	h.must(err)
}

func TestTheGoalMayBeLeftOut(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	without := strings.Replace(written, "goal:\n  event: Form Submitted\n  where: {form: brewing-guide}\n", "", 1)
	_, err := h.applyFile(without)
	h.must(err)
	if again, err := h.applyFile(without); err != nil || again[0].Diff != "" {
		t.Errorf("applied again: %v %v", again, err)
	}
	if r := h.report("guide-promise"); r.Goal.Event != "Form Submitted" {
		t.Errorf("%+v", r.Goal)
	}
	schema, err := manifest.Schema(h.Kinds())
	h.must(err)
	var parsed struct {
		Defs map[string]struct{ Required []string } `json:"$defs"`
	}
	h.must(json.Unmarshal(schema, &parsed))
	if need := parsed.Defs["abtest.Definition"].Required; len(need) == 0 || slices.Contains(need, "goal") {
		t.Errorf("the schema requires %v", need)
	}
}

func TestOnlyWhatWasChangedIsRefused(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.start(promise())
	for want, change := range map[string]func(d *Definition){
		"variants":                 func(d *Definition) { d.Variants = append(d.Variants, Variant{Key: "c"}) },
		"planned_visitors_per_arm": func(d *Definition) { d.PlannedVisitorsPerArm = 2000 },
		"planned_conversion_rate":  func(d *Definition) { d.PlannedConversionRate = 0.2 },
	} {
		d := promise()
		change(d)
		if fields, _ := errs.AsFields(h.apply(d)); len(fields) != 1 || fields[want] == "" {
			t.Errorf("%v, want %s alone", fields, want)
		}
	}
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

func TestAZeroInAFileIsNotTakenForWhatIsUsual(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	for _, field := range []string{"coverage", "alpha"} {
		for _, zero := range []string{"0", "0.0", "-0.0"} {
			_, err := h.applyFile(strings.Replace(written, "whole_weeks: true", field+": "+zero, 1))
			var problems manifest.Problems
			if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Path != field || !strings.Contains(problems[0].Message, "more than 0") {
				t.Errorf("%s: %s: %v", field, zero, err)
			}
		}
		if _, err := h.applyFile(strings.Replace(written, "whole_weeks: true", field+":", 1)); err != nil {
			t.Errorf("%s without a value: %v", field, err)
		}
	}
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
