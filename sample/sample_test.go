package sample_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/sarnakh/sarnakh/sample"
)

// each calls see with every value of every document and its path.
func each(t *testing.T, see func(path string, value any)) {
	t.Helper()
	entries, err := sample.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		raw, err := sample.Files.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for i, document := range strings.Split(string(raw), "\n---\n") {
			var value any
			if err := yaml.Unmarshal([]byte(document), &value); err != nil {
				t.Fatalf("%s: %v", e.Name(), err)
			}
			walk(fmt.Sprintf("%s[%d]", e.Name(), i), value, see)
		}
	}
}

func walk(path string, value any, see func(string, any)) {
	see(path, value)
	switch v := value.(type) {
	case map[string]any:
		for name, sub := range v {
			walk(path+"."+name, sub, see)
		}
	case []any:
		for i, sub := range v {
			walk(fmt.Sprintf("%s[%d]", path, i), sub, see)
		}
	}
}

func TestEverythingIsSaidInBothLanguages(t *testing.T) {
	texts := 0
	each(t, func(path string, value any) {
		m, ok := value.(map[string]any)
		if !ok || m["fa"] == nil && m["en"] == nil {
			return
		}
		texts++
		if m["fa"] == nil || m["en"] == nil || len(m) != 2 {
			t.Errorf("%s: %v", path, m)
		}
	})
	if texts < 80 {
		t.Errorf("only %d texts were found", texts)
	}
}

var (
	mergeTag   = regexp.MustCompile(`(?s){{.*?}}|{%.*?%}|\]\(.*?\)`)
	unPersian  = regexp.MustCompile(`[يكةۀ٠-٩]|\p{Arabic}\s*[,;?]|[0-9]|"`)
	missingGap = regexp.MustCompile(`(^|\s)(می|نمی) \p{Arabic}|\p{Arabic} ها(ی|یی|یم|یت|یش)?(\s|$)`)
)

func TestPersianIsWrittenWithItsOwnLettersDigitsAndMarks(t *testing.T) {
	each(t, func(path string, value any) {
		text, ok := value.(string)
		if !ok || !strings.HasSuffix(path, ".fa") {
			return
		}
		text = mergeTag.ReplaceAllString(text, "")
		for _, wrong := range []*regexp.Regexp{unPersian, missingGap} {
			if found := wrong.FindString(text); found != "" {
				t.Errorf("%s: %q in %q", path, found, text)
			}
		}
	})
}

func TestEachFileOpensWithItsSchemaAndItsPurpose(t *testing.T) {
	entries, err := sample.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		raw, err := sample.Files.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitN(string(raw), "\n", 3)
		if lines[0] != "# yaml-language-server: $schema=./sarnakh.schema.json" || !strings.HasPrefix(lines[1], "# ") || !strings.HasSuffix(lines[1], ".") {
			t.Errorf("%s begins with %q", e.Name(), lines[:2])
		}
	}
}
