package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/abtest/stats"
)

// seed adds the inputs of the golden files, and a few that are nearly sensible.
func seed(f *testing.F, command string) {
	files, err := filepath.Glob("testdata/abtest/" + command + "_*.json")
	if err != nil || len(files) == 0 {
		f.Fatal(len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add([]byte(strings.ReplaceAll(string(data), "0.5", "1e-9")))
		f.Add([]byte(strings.ReplaceAll(string(data), "20000", "1e12")))
		f.Add([]byte(strings.ReplaceAll(string(data), "0.05", "1e-300")))
		f.Add([]byte(strings.ReplaceAll(string(data), "0.03", "1e-12")))
	}
}

// answers fails unless the input is refused by field, or answered without NaN and
// infinities, which encoding/json does not write.
func answers(t *testing.T, answer any, err error) {
	t.Helper()
	var input *stats.InputError
	switch {
	case errors.As(err, &input):
		if input.Field == "" {
			t.Errorf("refused without a field: %v", err)
		}
	case err != nil:
		t.Errorf("not a refusal: %v", err)
	default:
		if _, err := json.Marshal(answer); err != nil {
			t.Error(err)
		}
	}
}

func FuzzAnalyzeAnswersOrRefuses(f *testing.F) {
	seed(f, "analyze")
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := analyzeJSON(data)
		answers(t, a, err)
	})
}

func FuzzPlanAnswersOrRefuses(f *testing.F) {
	seed(f, "plan")
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := planJSON(data)
		answers(t, p, err)
	})
}
