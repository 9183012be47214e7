package i18n

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold is the form in which texts are compared and searched: two spellings that
// a person would call the same fold to the same string. Compatibility forms are
// unified (NFKC) and letters made lower case; Arabic ي ى ك ة and the alefs
// أ إ آ ا become the Persian ی ک ه ا; digits of any script here become ASCII; accents on
// Latin letters, Arabic vowel signs, tatweel, ZWNJ and other invisible marks go;
// space is squeezed and trimmed. It is not for display, and not for identity:
// "José" and "Jose" fold alike.
func Fold(text string) string {
	if folded, ok := foldASCII(text); ok {
		return folded
	}
	var b strings.Builder
	b.Grow(len(text))
	latin, space := false, false
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			space = true
			continue
		case r == tatweel, unicode.Is(unicode.Cf, r), unicode.Is(arabicMarks, r):
			continue
		case latin && unicode.Is(unicode.Mn, r):
			continue
		}
		latin = unicode.Is(unicode.Latin, r)
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(foldRune(r))
	}
	return norm.NFC.String(b.String())
}

// ASCIIDigits replaces Persian and Arabic digits by 0-9 and leaves the rest.
func ASCIIDigits(text string) string {
	return strings.Map(asciiDigit, text)
}

const tatweel = 'ـ'

// arabicMarks are the vowel signs, the hamza and madda that decomposition
// splits off their letters, and the marks of Quranic spelling.
var arabicMarks = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x0610, Hi: 0x061a, Stride: 1},
	{Lo: 0x064b, Hi: 0x065f, Stride: 1},
	{Lo: 0x0670, Hi: 0x0670, Stride: 1},
	{Lo: 0x06d6, Hi: 0x06dc, Stride: 1},
	{Lo: 0x06df, Hi: 0x06e4, Stride: 1},
	{Lo: 0x06e7, Hi: 0x06e8, Stride: 1},
	{Lo: 0x06ea, Hi: 0x06ed, Stride: 1},
}}

func foldRune(r rune) rune {
	switch r {
	case 'ي', 'ى':
		return 'ی'
	case 'ك':
		return 'ک'
	case 'ة', 'ۀ', 'ە', 'ہ':
		return 'ه'
	case 'ٱ':
		return 'ا'
	}
	return unicode.ToLower(asciiDigit(r))
}

func asciiDigit(r rune) rune {
	switch {
	case r >= '۰' && r <= '۹':
		return r - '۰' + '0'
	case r >= '٠' && r <= '٩':
		return r - '٠' + '0'
	}
	return r
}

// foldASCII is the short way for plain text, which most e-mail addresses are.
func foldASCII(text string) (string, bool) {
	clean := true
	for i := range len(text) {
		c := text[i]
		if c >= utf8.RuneSelf {
			return "", false
		}
		if c <= ' ' || c == 0x7f || c >= 'A' && c <= 'Z' {
			clean = false
		}
	}
	if clean {
		return text, true
	}
	fields := strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f })
	return strings.ToLower(strings.Join(fields, " ")), true
}
