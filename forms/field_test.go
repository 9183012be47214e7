package forms

import "testing"

func TestAnswersAreReadAsPeopleWriteThem(t *testing.T) {
	low, high := 0.0, 50.0
	for _, c := range []struct {
		kind, raw string
		want      any
		message   string
	}{
		{"number", "۳", 3.0, ""},
		{"number", "۱۲٫۵", 12.5, ""},
		{"number", "1,234.5", 1234.5, "errors.lte=50"},
		{"number", "1,5", nil, "errors.number"}, // fifteen, or one and a half?
		{"number", "1,2345", nil, "errors.number"},
		{"number", "-3", nil, "errors.gte=0"},
		{"number", "9999", nil, "errors.lte=50"},
		{"date", "2026-11-21", "2026-11-21", ""},
		{"date", "۱۴۰۵/۰۸/۳۰", "2026-11-21", ""},
		{"date", "1405-08-30", "2026-11-21", ""},
		{"date", "1405-12-31", nil, "errors.date"},
		{"date", "2026-02-30", nil, "errors.date"},
		{"date", "2026-11", nil, "errors.date"},
		{"date", "tomorrow", nil, "errors.date"},
		{"phone", "۰۹۱۲ ۱۲۳-۴۵۶۷", "09121234567", ""},
		{"phone", "12", nil, "errors.phone"},
		{"email", "mina۱۲@example.com", "mina12@example.com", ""},
		{"email", `"a b"@example.com`, nil, "errors.email"},
		{"email", "a@example.com\nBcc: b@example.com", nil, "errors.email"},
		{"url", "javascript:alert(1)", nil, "errors.url"},
		{"text", "می‌خواهم", "می‌خواهم", ""},
		{"text", "\u200c\u200b ", nil, "errors.required"},
		{"text", "ab\u202eev\u202c\a", "abev", ""},
		{"text", "a\x00b", nil, "errors.characters"},
		{"checkbox", "maybe", nil, "errors.type"},
	} {
		f := Field{Name: "x", Type: c.kind, Required: true}
		if c.kind == "number" {
			f.Min, f.Max = &low, &high
		}
		got, message := f.parse(c.raw)
		if message != c.message || message == "" && got != c.want {
			t.Errorf("%s %q is %v (%q), want %v (%q)", c.kind, c.raw, got, message, c.want, c.message)
		}
	}
}
