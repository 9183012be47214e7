package i18n

import (
	"testing"

	"pgregory.net/rapid"
)

func TestSpellingsOfOneNameFoldAlike(t *testing.T) {
	for _, c := range [][2]string{
		{"علي", "علی"},
		{"كيان", "کیان"},
		{"سرنخ‌ها", "سرنخها"},
		{"مُحَمَّد", "محمد"},
		{"ســــلام", "سلام"},
		{"آرش", "ارش"},
		{"أحمد إبراهيم", "احمد ابراهیم"},
		{"فاطمة", "فاطمه"},
		{"خانهٔ ما", "خانه ما"},
		{"خانۀ ما", "خانه ما"},
		{"مسئول", "مسیول"},
		{"۰۹۱۲ ٣٤٥", "0912 345"},
		{"  Sara\t\n AHMADI ", "sara ahmadi"},
		{"José Ångström", "jose angstrom"},
		{"ﻻﻟﻪ", "لاله"},
		{"ＡＢＣ", "abc"},
		{"a\u00a0b", "a b"},
		{"Й", "й"},
		{"a\x7fb", "a b"},
		{"", ""},
	} {
		if got := Fold(c[0]); got != c[1] {
			t.Errorf("Fold(%q) = %q, want %q", c[0], got, c[1])
		}
	}
	if got := ASCIIDigits("۰۹۱۲-٣٤٥ Ali"); got != "0912-345 Ali" {
		t.Errorf("ASCIIDigits gave %q", got)
	}
}

func TestFoldingTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := Fold(rapid.String().Draw(t, "text"))
		if twice := Fold(once); twice != once {
			t.Fatalf("%q folds on to %q", once, twice)
		}
	})
}
