package offers

import (
	"regexp"
	"strings"
	"testing"
)

func TestACodeCanBeReadAloudAndTypedBack(t *testing.T) {
	seen := map[string]bool{}
	for range 2000 {
		code := drawCode("KAFE")
		if !regexp.MustCompile(`^KAFE-[2-9CDFGHJKMNPQRTVWXY]{5}-[2-9CDFGHJKMNPQRTVWXY]{5}$`).MatchString(code) {
			t.Fatalf("code %q", code)
		}
		norm := normCode(code)
		if seen[norm] {
			t.Fatalf("%q was drawn twice", code)
		}
		seen[norm] = true
	}
	if letters := string(drawLetters(5000)); strings.Trim(alphabet, letters) != "" {
		t.Errorf("of 5,000 letters none is one of %q", strings.Trim(alphabet, letters))
	}
}

func TestACodeMatchesHoweverItIsTyped(t *testing.T) {
	want := normCode("KAFE-7Q4M-X2W8")
	for _, typed := range []string{
		"kafe7q4mx2w8", "KAFE 7Q4M X2W8", " kafe–7q4m—x2w8 ", "KAFE-۷Q۴M-X۲W۸", "KAFE-7Q4M-XZWB", "kafe_7q4m.x2w8",
		"ＫＡＦＥ-７Ｑ４Ｍ-Ｘ２Ｗ８", "KAFE\u200c7Q4M\u200fX2W8",
	} {
		if got := normCode(typed); got != want {
			t.Errorf("%q reads as %q, want %q", typed, got, want)
		}
	}
	for _, other := range []string{"", "KAFE-7Q4M-X2W9", "---", strings.Repeat("K", 101)} {
		if normCode(other) == want {
			t.Errorf("%q reads as the same code", other)
		}
	}
}

func TestLettersOfACodeAreNotTakenForOneAnother(t *testing.T) {
	seen := map[string]bool{}
	for _, letter := range alphabet {
		norm := normCode(string(letter))
		if len(norm) != 1 || seen[norm] {
			t.Errorf("%c reads as %q, as another letter does", letter, norm)
		}
		seen[norm] = true
	}
}
