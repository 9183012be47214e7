package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/abtest/stats"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// TestAbtestAnswersAsItDidBefore holds every figure to 1e-9: the last digits may
// differ between processors.
func TestAbtestAnswersAsItDidBefore(t *testing.T) {
	files, err := filepath.Glob("testdata/abtest/*.json")
	if err != nil || len(files) < 12 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			command, _, _ := strings.Cut(name, "_")
			said, complained, code := call(t, "abtest", command, file)
			if code != 0 || complained != "" {
				t.Fatalf("exit code %d: %s", code, complained)
			}
			golden := strings.TrimSuffix(file, ".json") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(said), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			var g, w any
			if err := errors.Join(json.Unmarshal([]byte(said), &g), json.Unmarshal(want, &w)); err != nil {
				t.Fatal(err)
			}
			sameJSON(t, "", g, w)
		})
	}
}

func sameJSON(t *testing.T, path string, got, want any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		m, _ := got.(map[string]any)
		if len(m) != len(want) {
			t.Errorf("%s: %d fields, want %d", path, len(m), len(want))
		}
		for k, v := range want {
			sameJSON(t, path+"."+k, m[k], v)
		}
	case []any:
		list, _ := got.([]any)
		if len(list) != len(want) {
			t.Errorf("%s: %d items, want %d", path, len(list), len(want))
			return
		}
		for i, v := range want {
			sameJSON(t, fmt.Sprintf("%s[%d]", path, i), list[i], v)
		}
	case float64:
		if f, ok := got.(float64); !ok || !(math.Abs(f-want) <= 1e-9*math.Abs(want)+1e-15) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	default:
		if got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

// exampleAnalysis has every field that the interface promises.
const exampleAnalysis = `{"srm":{"chi2":0,"p":0,"ok":0},"arms":[{"key":0,"rate":0,"wilson":0,"prob_best":0,"expected_loss":0}],
"comparisons":[{"arm":0,"control":0,"difference":0,"newcombe":0,"lift":0,"z":0,"z_p":0,"fisher_midp":0,"log_e":0,"anytime_p":0,
"rate_ratio":0,"prob_beat":0,"expected_loss":0,"anytime_p_holm":0,"z_p_holm":0,
"value":{"difference":0,"welch_t":0,"welch_df":0,"welch_p":0,"interval":0}}],
"chi_square":{"chi2":0,"df":0,"p":0},"verdict":{"state":0,"reason":0}}`

func TestTheRealProgramReadsStandardInputAndSaysEveryField(t *testing.T) {
	t.Parallel()
	input, err := os.ReadFile("testdata/abtest/analyze_revenue.json")
	if err != nil {
		t.Fatal(err)
	}
	program := exec.Command(testkit.Binary(t), "abtest", "analyze")
	program.Stdin = bytes.NewReader(input)
	out, err := program.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := errors.Join(json.Unmarshal(out, &got), json.Unmarshal([]byte(exampleAnalysis), &want)); err != nil {
		t.Fatal(err)
	}
	hasFields(t, "", got, want)

	program = exec.Command(testkit.Binary(t), "abtest", "plan")
	program.Stdin = strings.NewReader(`{"baseline":0.03,"target":0.036,"alpha":0.05,"power":0.8,"arms":2,"visitors_per_day":1000}`)
	out, err = program.Output()
	var plan stats.Plan
	if err := errors.Join(err, json.Unmarshal(out, &plan)); err != nil || plan.PerArm != 13_914 || plan.Total != 27_828 || *plan.Days != 28 {
		t.Errorf("%s: %v", out, err)
	}

	program = exec.Command(testkit.Binary(t), "abtest", "analyze")
	program.Stdin = strings.NewReader(`{"arms":[{"key":"a","weight":1,"visitors":1,"conversions":2},{"key":"b","weight":1,"visitors":1,"conversions":1}]}`)
	var complained bytes.Buffer
	program.Stderr = &complained
	out, err = program.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 || len(out) > 0 || complained.String() != "sarnakh: arms[0].conversions: 2 is more than the 1 visitors\n" {
		t.Errorf("%v %q %q", err, out, complained.String())
	}
}

func hasFields(t *testing.T, path string, got, want any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		m, _ := got.(map[string]any)
		for k, v := range want {
			if _, ok := m[k]; !ok {
				t.Errorf("%s.%s is missing", path, k)
			}
			hasFields(t, path+"."+k, m[k], v)
		}
	case []any:
		list, _ := got.([]any)
		if len(list) == 0 {
			t.Errorf("%s is empty", path)
			return
		}
		hasFields(t, path, list[0], want[0])
	}
}

func TestALaterLookGoesOnFromTheEarlierOne(t *testing.T) {
	early := `{"planned_conversions":1320,"arms":[{"key":"a","weight":1,"visitors":10000,"conversions":300},{"key":"b","weight":1,"visitors":10000,"conversions":420}]`
	first, err := analyzeJSON([]byte(early + "}"))
	if err != nil || first.Verdict.State != stats.StateWinner {
		t.Fatalf("%+v, %v", first.Verdict, err)
	}
	stored, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	late := strings.ReplaceAll(strings.ReplaceAll(early, "10000", "15000"), "420", "310")
	second, err := analyzeJSON([]byte(late + `,"earlier":` + string(stored) + "}"))
	if err != nil || second.Verdict.Winner != "b" || second.Comparisons[0].AnytimeP != first.Comparisons[0].AnytimeP {
		t.Errorf("%+v, %v", second.Verdict, err)
	}
}

func TestAbtestRefusesByTheNameOfTheField(t *testing.T) {
	arms := func(second string) string {
		return `{"arms":[{"key":"a","weight":0.5,"visitors":100,"conversions":3},{"key":"b",` + second + `}]}`
	}
	value := func(inside string) string { return arms(`"weight":0.5,"visitors":9,"conversions":3,"value":` + inside) }
	plan := func(rest string) string { return `{"baseline":0.03,"target":0.036` + rest + `}` }
	folder := t.TempDir()
	for i, c := range []struct{ command, input, want string }{
		{"analyze", arms(`"weight":0.5,"visitors":100,"conversions":101`), "arms[1].conversions: 101 is more than the 100 visitors"},
		{"analyze", arms(`"weight":0.5,"visitors":-1,"conversions":0`), "arms[1].visitors: -1 is negative"},
		{"analyze", arms(`"weight":0.5,"visitors":100,"conversions":-3`), "arms[1].conversions: -3 is negative"},
		{"analyze", arms(`"weight":0.5,"visitors":"NaN","conversions":3`), `arms[1].visitors: "NaN" is not a whole number`},
		{"analyze", arms(`"weight":0.5,"visitors":NaN,"conversions":3`), `arms[1].visitors: "NaN" is not a whole number`},
		{"analyze", arms(`"weight":-Infinity,"visitors":1,"conversions":1`), `arms[1].weight: "-Infinity" is not a number`},
		{"analyze", arms(`"weight":1e999,"visitors":1,"conversions":1`), `arms[1].weight: 1e999 is beyond all numbers`},
		{"analyze", arms(`"weight":0.5,"visitors":1e30,"conversions":1`), `arms[1].visitors: 1e30 is not a whole number that any count could be`},
		{"analyze", arms(`"weight":0.5,"visitors":1.5,"conversions":1`), `arms[1].visitors: 1.5 is not a whole number`},
		{"analyze", arms(`"weight":0,"visitors":0,"conversions":0`), "arms: at least two need a weight above 0"},
		{"analyze", arms(`"visitors":100,"conversions":3`), "arms[1].weight: is missing"},
		{"analyze", arms(`"weight":0.5,"conversions":3`), "arms[1].visitors: is missing"},
		{"analyze", arms(`"weight":0.5,"visitors":100`), "arms[1].conversions: is missing"},
		{"analyze", arms(`"weight":0.5,"visitors":null,"conversions":0`), "arms[1].visitors: is missing"},
		{"analyze", arms(`"weight":0.5,"visitors":100,"conversions":3,"clicks":5`), "arms[1].clicks: there is no such field"},
		{"analyze", `{"arms":[{"key":"a","weight":1,"visitors":1,"conversions":1}]}`, "arms: 1 given, a comparison needs at least two"},
		{"analyze", `{}`, "arms: 0 given"},
		{"analyze", `[]`, "input: is a list, not an object"},
		{"analyze", `{"arms":7}`, "arms: is 7, not a list"},
		{"analyze", `{"arms":[7,8]}`, "arms[0]: is 7, not an object"},
		{"analyze", `{"arms":[{"key":5}]}`, "arms[0].key: 5 is not a text"},
		{"analyze", `{"alpha":0,"arms":[]}`, "alpha: 0 is not"},
		{"analyze", strings.Replace(arms(`"weight":1,"visitors":1,"conversions":1`), "{", `{"alpha":2,`, 1), "alpha: 2 is not"},
		{"analyze", strings.Replace(arms(`"weight":1,"visitors":1,"conversions":1`), "{", `{"planned_end":"yes",`, 1), `planned_end: "yes" is neither true nor false`},
		{"analyze", strings.Replace(arms(`"weight":1,"visitors":1,"conversions":1`), "{", `{"days":-2,`, 1), `days: -2 is negative`},
		{"analyze", strings.Replace(arms(`"weight":1,"visitors":1,"conversions":1`), "{", `{"earlier":[1],`, 1), `earlier: is not an analysis`},
		{"analyze", strings.Replace(arms(`"weight":1,"visitors":1,"conversions":1`), "{", `{"regimes":[[{"weight":1,"visitors":1,"conversions":1}]],`, 1), `regimes[0]: has 1 cells for 2 arms`},
		{"analyze", value(`{"n":100,"mean":1,"variance":2}`), "arms[1].value: is given for some arms and not for others"},
		{"analyze", value(`{"n":100,"mean":1}`), "arms[1].value.variance: is missing"},
		{"analyze", value(`{"n":100,"mean":"much","variance":1}`), `arms[1].value.mean: "much" is not a number`},
		{"analyze", "", "input: is not JSON"},
		{"analyze", `{"arms":[]} {}`, "input: goes on after the end"},
		{"plan", `{"target":0.036}`, "baseline: is missing"},
		{"plan", `{"baseline":0.03}`, "target: exactly one of"},
		{"plan", plan(`,"mde_relative":0.2`), "target: exactly one of"},
		{"plan", plan(`,"power":80`), "power: 80 is not from 0.5"},
		{"plan", plan(`,"arms":1`), "arms: 1 is not from 2"},
		{"plan", plan(`,"arms":2.5`), "arms: 2.5 is not a whole number"},
		{"plan", plan(`,"visitors_per_day":0`), "visitors_per_day: 0 is not above 0"},
		{"plan", plan(`,"weights":[1,"x"]`), `weights[1]: "x" is not a number`},
		{"plan", plan(`,"weight":[1,1]`), `weight: there is no such field`},
	} {
		t.Run(c.want, func(t *testing.T) {
			file := filepath.Join(folder, fmt.Sprintf("%d.json", i))
			if err := os.WriteFile(file, []byte(c.input), 0o600); err != nil {
				t.Fatal(err)
			}
			said, complained, code := call(t, "abtest", c.command, file)
			oneSentence(t, said, complained, code, "sarnakh: "+c.want)
		})
	}
	said, complained, code := call(t, "abtest", "analyze", filepath.Join(folder, "none.json"))
	oneSentence(t, said, complained, code, "none.json: there is no such file")
	said, complained, code = call(t, "abtest", "plan", folder)
	oneSentence(t, said, complained, code, "is a directory")
}
