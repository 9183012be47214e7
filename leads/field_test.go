package leads

import (
	"reflect"
	"testing"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

func brew(kind string) *Field {
	return &Field{Kind: "field", Key: "brew", Type: kind, Label: i18n.Text{"fa": "دم‌آوری", "en": "Brewing"}, Options: []Option{
		{"moka", i18n.Text{"fa": "موکاپات", "en": "Moka pot"}},
		{"v60", i18n.Text{"fa": "وی‌۶۰", "en": "Pour-over, V60"}},
	}}
}

func TestValuesOfFieldsAreReadAsPeopleWriteThem(t *testing.T) {
	low, high := 0.0, 50.0
	both := []any{"moka", "v60"}
	for _, c := range []struct {
		kind, raw string
		want      any
		message   string
	}{
		{FieldNumber, "۳", 3.0, ""},
		{FieldNumber, "۱۲٫۵", 12.5, ""},
		{FieldNumber, "- 3", nil, "errors.gte=0"},
		{FieldNumber, "1,234.5", nil, "errors.lte=50"},
		{FieldNumber, "1,5", nil, "errors.number"}, // fifteen, or one and a half?
		{FieldNumber, "inf", nil, "errors.number"},
		{FieldNumber, "0x10", nil, "errors.number"},
		{FieldNumber, "NaN", nil, "errors.number"},
		{FieldNumber, "1e2", nil, "errors.lte=50"},
		{FieldNumber, "  ", nil, ""},
		{FieldDate, "2026-11-21", "2026-11-21", ""},
		{FieldDate, "۱۴۰۵/۰۸/۳۰", "2026-11-21", ""},
		{FieldDate, "1405-8-30", "2026-11-21", ""},
		{FieldDate, "٣٠/٨/١٤٠٥", "2026-11-21", ""}, // Arabic digits, the day first
		{FieldDate, "21.11.2026", "2026-11-21", ""},
		{FieldDate, "21/11/2026", "2026-11-21", ""},
		{FieldDate, "11/21/2026", "2026-11-21", ""},
		{FieldDate, "3/4/2026", nil, "errors.date"},
		{FieldDate, "4/4/2026", "2026-04-04", ""},
		{FieldDate, "21 Nov 2026", "2026-11-21", ""},
		{FieldDate, "November 21, 2026", "2026-11-21", ""},
		{FieldDate, "۳۰ آبان ۱۴۰۵", "2026-11-21", ""},
		{FieldDate, "2026-11-21T23:30:00Z", "2026-11-21", ""},
		{FieldDate, "21 Nov 2026, 10:00", "2026-11-21", ""},
		{FieldDate, "1405-12-31", nil, "errors.date"},
		{FieldDate, "2026-02-30", nil, "errors.date"},
		{FieldDate, "0-0-0", nil, "errors.date"},
		{FieldDate, "2026-11", nil, "errors.date"},
		{FieldDate, "tomorrow", nil, "errors.date"},
		{FieldYesNo, "بله", true, ""},
		{FieldYesNo, "بلي", true, ""}, // an Arabic ye
		{FieldYesNo, "خیر", false, ""},
		{FieldYesNo, "YES", true, ""},
		{FieldYesNo, "0", false, ""},
		{FieldYesNo, "۱", true, ""},
		{FieldYesNo, "maybe", nil, "errors.yes_no"},
		{FieldChoice, "MOKA", "moka", ""},
		{FieldChoice, "موكاپات", "moka", ""}, // an Arabic kaf
		{FieldChoice, "V۶۰", "v60", ""},
		{FieldChoice, "Moka pot", "moka", ""},
		{FieldChoice, "tea", nil, "errors.choice"},
		{FieldChoices, "v60; moka;v60", both, ""},
		{FieldChoices, "moka،وی‌۶۰", both, ""},
		{FieldChoices, "Pour-over, V60", []any{"v60"}, ""}, // a comma of the label's own
		{FieldChoices, "moka, tea", nil, "errors.choice"},
		{FieldChoices, " ; ", nil, ""},
		{FieldURL, "https://example.com/a", "https://example.com/a", ""},
		{FieldURL, "javascript:alert(1)", nil, "errors.url"},
		{FieldText, "می‌خواهم", "می‌خواهم", ""},
		{FieldText, "\u200c\u200b ", nil, ""},
		{FieldText, "ab\u202eev\u202c\a", "abev", ""},
		{FieldText, "a\x00b", nil, "errors.characters"},
	} {
		f := brew(c.kind)
		if c.kind == FieldNumber {
			f.Min, f.Max = &low, &high
		}
		got, message := f.parse(c.raw)
		if message != c.message || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s %q is %v (%q), want %v (%q)", c.kind, c.raw, got, message, c.want, c.message)
		}
		if value, message := f.check(got); message != "" || !reflect.DeepEqual(value, got) {
			t.Errorf("%s %v does not fit its own field: %v (%q)", c.kind, got, value, message)
		}
	}
}

func TestValuesOfJSONAreBroughtToTheirFieldsType(t *testing.T) {
	for _, c := range []struct {
		kind    string
		given   any
		want    any
		message string
	}{
		{FieldNumber, 3.0, 3.0, ""}, {FieldNumber, "۳", 3.0, ""}, {FieldNumber, true, nil, "errors.type"},
		{FieldYesNo, true, true, ""}, {FieldYesNo, 1.0, true, ""}, {FieldYesNo, 2.0, nil, "errors.type"},
		{FieldText, 4.5, "4.5", ""}, {FieldText, map[string]any{}, nil, "errors.type"},
		{FieldChoices, []any{"v60", "Moka pot"}, []any{"moka", "v60"}, ""}, {FieldChoices, []any{1.0}, nil, "errors.type"},
		{FieldChoice, []any{"v60"}, nil, "errors.type"}, {FieldDate, "1405/8/30", "2026-11-21", ""}, {FieldDate, 5.0, nil, "errors.type"},
		{FieldDate, nil, nil, ""},
	} {
		if got, message := brew(c.kind).check(c.given); message != c.message || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s %v is %v (%q), want %v (%q)", c.kind, c.given, got, message, c.want, c.message)
		}
	}
}

func TestAFieldThatMakesNoSenseIsRefused(t *testing.T) {
	one, two := 1.0, 2.0
	for name, c := range map[string]struct {
		spoil func(f *Field)
		path  string
	}{
		"a name with a dash":       {func(f *Field) { f.Key = "birth-date" }, "key"},
		"a name of every lead's":   {func(f *Field) { f.Key = "email" }, "key"},
		"a choice without any":     {func(f *Field) { f.Options = nil }, "options"},
		"the same option twice":    {func(f *Field) { f.Options[1].Value = "MOKA" }, "options[1].value"},
		"options of a text":        {func(f *Field) { f.Type = FieldText }, "options"},
		"a choice with bounds":     {func(f *Field) { f.Min = &one }, "min"},
		"a choice with a length":   {func(f *Field) { f.MaxLength = 3 }, "max_length"},
		"the least above the most": {func(f *Field) { *f = Field{Key: "cups", Type: FieldNumber, Min: &two, Max: &one} }, "max"},
	} {
		f := brew(FieldChoice)
		c.spoil(f)
		if fields, _ := errs.AsFields(f.Check()); fields[c.path] == "" {
			t.Errorf("%s is taken: %v", name, f.Check())
		}
	}
	if err := brew(FieldChoice).Check(); err != nil {
		t.Error(err)
	}
}

func FuzzNoTextBreaksAField(f *testing.F) {
	for _, seed := range []string{"1405/08/30", "30 آبان 1405", "1e999", "-۱٬۲۳۴٫۵", "a;b|c", "\xff", "2026-11-21T::", "9999999999-1-1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, kind := range FieldTypes {
			field := brew(kind)
			value, message := field.parse(raw)
			if again, wrong := field.check(value); message == "" && (wrong != "" || !reflect.DeepEqual(again, value)) {
				t.Errorf("%s %q is %v, and that is %v (%s)", kind, raw, value, again, wrong)
			}
		}
	})
}
