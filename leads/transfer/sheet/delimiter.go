package sheet

import (
	"bytes"
	"io"
	"strings"
)

// Delimiters are what separates cells: the comma, the semicolon of Excel where the
// comma is for decimals, the tab.
var Delimiters = []string{",", ";", "\t"}

// delimiterOf finds out what separates the cells, from the beginning of a text: that by
// which most rows have as many cells as the first, and more than one. Excel's own line
// "sep=;" decides.
func delimiterOf(head []byte) string {
	if d := separatorLine(head); d != "" {
		return d
	}
	best, bestScore := ",", 0
	for _, d := range Delimiters {
		r := newCSV(bytes.NewReader(head), d[0], true)
		first, err := r.next()
		if err != nil || len(first.Cells) < 2 {
			continue
		}
		same, rows := 0, 0
		for rows < 50 {
			row, err := r.next()
			if err != nil {
				break
			}
			rows++
			if len(row.Cells) == len(first.Cells) {
				same++
			}
		}
		// Agreement first, then the number of columns.
		if score := 1 + 1000*(1000*same/max(rows, 1)) + len(first.Cells); score > bestScore {
			best, bestScore = d, score
		}
	}
	return best
}

// separatorLine is the delimiter that Excel's first line "sep=;" names, or "".
func separatorLine(head []byte) string {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	value, ok := strings.CutPrefix(strings.TrimRight(strings.Trim(string(line), "\""), "\r\""), "sep=")
	if !ok || len(value) != 1 {
		return ""
	}
	return value
}

// head reads at most n bytes.
func head(r io.Reader, n int64) ([]byte, error) {
	return io.ReadAll(io.LimitReader(r, n))
}
