package i18n

import (
	"encoding/json"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

func TestCopyIsReadFromAStringOrAMapping(t *testing.T) {
	type page struct {
		Title Text `yaml:"title" json:"title"`
	}
	for source, want := range map[string]Text{
		`{"title": "Hi"}`: {Persian: "Hi", English: "Hi"},
		`{"title": {"fa": "سلام", "en": "Hi"}}`: {Persian: "سلام", English: "Hi"},
		`{"title": {"fa": "سلام"}}`:             {Persian: "سلام"},
		`{"title": null}`:                       nil,
		`{}`:                                    nil,
	} {
		for name, unmarshal := range map[string]func([]byte, any) error{
			"json": json.Unmarshal,
			"yaml": func(data []byte, v any) error { return yaml.Unmarshal(data, v) },
		} {
			var got page
			if err := unmarshal([]byte(source), &got); err != nil {
				t.Errorf("%s %s: %v", name, source, err)
				continue
			}
			if diff := cmp.Diff(want, got.Title); diff != "" && (len(want) > 0 || len(got.Title) > 0) {
				t.Errorf("%s %s: %s", name, source, diff)
			}
			data, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			var again page
			if err := json.Unmarshal(data, &again); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, again); diff != "" {
				t.Errorf("%s %s came back changed: %s", name, data, diff)
			}
		}
	}
}

func TestYAMLCopyMakesTheRoundTrip(t *testing.T) {
	for _, want := range []Text{Plain("Hi"), {Persian: "سلام"}, {Persian: "سلام", English: "Hi"}} {
		data, err := yaml.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Text
		if err := yaml.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", data, diff)
		}
	}
}

func TestCopyInAnUnknownLanguageIsRefused(t *testing.T) {
	var text Text
	if err := yaml.Unmarshal([]byte("{de: Hallo}"), &text); err == nil {
		t.Error("yaml accepted German")
	}
	if err := json.Unmarshal([]byte(`[1]`), &text); err == nil {
		t.Error("json accepted a list")
	}
}

func TestMissingCopyFallsBackToTheOtherLanguage(t *testing.T) {
	if got := (Text{Persian: "سلام"}).In(English); got != "سلام" {
		t.Errorf("got %q", got)
	}
	if !(Text{English: ""}).Empty() || !Text(nil).Empty() || (Text{English: "x"}).Empty() {
		t.Error("Empty is wrong")
	}
}
