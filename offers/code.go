package offers

import (
	"crypto/rand"
	"strings"
	"unicode"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// alphabet is what codes are made of: no two of these look or sound alike, and
// without vowels they make no words.
const alphabet = "23456789CDFGHJKMNPQRTVWXY"

// codeLength is the number of letters drawn by chance: 25^10 codes, so that trying
// them out is hopeless.
const codeLength = 10

// drawCode makes a code: KAFE-7Q4MR-X2WKD.
func drawCode(prefix string) string {
	var b strings.Builder
	if prefix != "" {
		b.WriteString(prefix + "-")
	}
	for i, letter := range drawLetters(codeLength) {
		if i == codeLength/2 {
			b.WriteByte('-')
		}
		b.WriteByte(letter)
	}
	return b.String()
}

// drawLetters draws each letter with the same chance.
func drawLetters(n int) []byte {
	const fair = 256 / len(alphabet) * len(alphabet)
	letters := make([]byte, 0, n)
	for len(letters) < n {
		var chance [16]byte
		// Read never fails: crypto/rand ends the program first.
		_, _ = rand.Read(chance[:])
		for _, c := range chance {
			if int(c) < fair && len(letters) < n {
				letters = append(letters, alphabet[int(c)%len(alphabet)])
			}
		}
	}
	return letters
}

// longestCode bounds what is looked at of a code that somebody typed.
const longestCode = 100

// lookAlikes are the letters that people read or type for others.
var lookAlikes = strings.NewReplacer("O", "0", "I", "1", "L", "1", "B", "8", "S", "5", "Z", "2", "U", "V")

// normCode is the form in which codes are compared: capital letters and digits
// only, Persian digits as Latin ones, look-alikes as one. What cannot be a code
// is "".
func normCode(code string) string {
	if len(code) > longestCode {
		return ""
	}
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, strings.ToUpper(i18n.Fold(code)))
	return lookAlikes.Replace(letters)
}
