package transfer

import (
	"regexp"
	"strings"
)

// unarmed is a text that no spreadsheet takes for a formula: one that begins like a formula
// gets an apostrophe before it, which shows and does nothing. So does what begins like one
// behind a semicolon, a tab or the end of a line, for a spreadsheet that is told to part
// cells there. Numbers stay numbers, and telephone numbers in E.164 are such.
func unarmed(text string) string {
	if !strings.ContainsAny(text, "=+-@＝＋－＠\t\r\n") {
		return text
	}
	var out strings.Builder
	if strings.IndexAny(text, parting) == 0 && text[0] != ';' {
		out.WriteByte('\'')
	}
	for first := true; ; first = false {
		end := strings.IndexAny(text, parting)
		cell := text
		if end >= 0 {
			cell = text[:end]
		}
		if armed(cell, first) {
			out.WriteByte('\'')
		}
		if end < 0 {
			out.WriteString(cell)
			return out.String()
		}
		out.WriteString(text[:end+1])
		text = text[end+1:]
	}
}

// parting are the characters at which a spreadsheet may be told to part cells, besides the
// comma, which stands in quotes.
const parting = ";\t\r\n"

// signed is a number with a sign, with or without decimals, groups, an exponent or a per cent.
var signed = regexp.MustCompile(`^[+-](\d+([.,]\d+)*|[.,]\d+)([eE][+-]?\d+)?%?$`)

// rearmed is a cell without the apostrophe that unarmed put before it: our own lists come
// back as they were.
func rearmed(cell string) string {
	if plain, ok := strings.CutPrefix(cell, "'"); ok && armed(plain, true) {
		return plain
	}
	return cell
}

// armed says whether a spreadsheet might take a cell for a formula. Behind the first the
// dash of a list ("- one") is none.
func armed(cell string, first bool) bool {
	if cell == "" {
		return false
	}
	if cell[0] == '+' || cell[0] == '-' {
		return !signed.MatchString(cell) && (first || len(cell) > 1 && cell[1] != ' ' && cell[1] != cell[0])
	}
	return strings.ContainsRune("=@＝＋－＠", []rune(cell)[0])
}
