package i18n

import "testing"

func TestTelephoneNumbersKeepTheirOrderInAPersianLine(t *testing.T) {
	persian := Locale{Lang: Persian}
	for text, want := range map[string]string{
		"+989121234567":   "\u2068+989121234567\u2069",
		"۰۹۱۲ ۱۲۳ ۴۵۶۷":   "\u2068۰۹۱۲ ۱۲۳ ۴۵۶۷\u2069",
		"09121234567":     "09121234567",
		"۱٬۲۳۴":           "۱٬۲۳۴",
		"۴، ۵، ۶":         "۴، ۵، ۶",
		"سارا":            "سارا",
		"sara@example.ir": "\u2068sara@example.ir\u2069",
	} {
		if got := persian.isolateForeign(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := (Locale{Lang: English}).isolateForeign("+98 912"); got != "+98 912" {
		t.Errorf("an English line has %q", got)
	}
}
