package sheet

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// Row is a line of a table. Cells of a row with a fault are what could be read of it.
type Row struct {
	Line  int // where it begins: the line of the text, the row of the sheet; from 1
	Cells []string
	Fault string // why it cannot be used, one of the constants; "" when it can
}

// What can be wrong with a row.
const (
	RowCell     = "cell"     // a cell larger than MaxCell, or a row larger than MaxRow
	RowNUL      = "nul"      // a zero byte
	RowEncoding = "encoding" // bytes that are no letter in the encoding of the file
	RowShort    = "short"    // fewer cells than the header: half a row
	RowLong     = "long"     // more cells than the header
	RowQuote    = "quote"    // a quote that is never closed, on the last line
	RowFormula  = "formula"  // an error of Excel such as #REF! in place of a value
)

// csvReader takes a text apart into rows. Quoted cells may hold delimiters, line ends
// and doubled quotes. A cell beyond the limits is skipped to its end, without being held.
type csvReader struct {
	in    *bufio.Reader
	delim byte
	line  int // of what comes next
	legal bool
	text  []byte
	ends  []int
}

// newCSV reads r, which is UTF-8. decoded says that another encoding was turned into it,
// where a replacement mark stands for a byte that was no letter.
func newCSV(r io.Reader, delim byte, decoded bool) *csvReader {
	return &csvReader{in: bufio.NewReaderSize(r, 64<<10), delim: delim, line: 1, legal: !decoded}
}

// next returns the next row, or io.EOF. Empty lines are passed over. A quote that stays
// open over several lines to the end of the file is a Fault: all of them would be one cell.
func (c *csvReader) next() (Row, error) {
	for {
		row, err := c.row()
		if err != nil || row.Fault != "" || len(row.Cells) > 1 || row.Cells[0] != "" {
			return row, err
		}
	}
}

func (c *csvReader) row() (Row, error) {
	if _, err := c.in.ReadByte(); err != nil {
		return Row{}, err
	}
	if err := c.in.UnreadByte(); err != nil {
		return Row{}, err
	}
	c.text, c.ends = c.text[:0], c.ends[:0]
	row := Row{Line: c.line}
	var (
		start  = 0 // of the cell in text
		length = 0 // of the cell in the file
		quoted = false
		opened = 0 // the line on which the open quote stands
	)
	put := func(b byte) {
		if length++; length > MaxCell || len(c.text) >= MaxRow {
			row.Fault = RowCell
			return
		}
		c.text = append(c.text, b)
	}
	end := func() {
		if len(c.ends) > MaxColumns {
			row.Fault = RowLong
		} else {
			c.ends = append(c.ends, len(c.text))
		}
		start, length, quoted = len(c.text), 0, false
	}
	for {
		b, err := c.in.ReadByte()
		switch {
		case errors.Is(err, io.EOF) && quoted:
			if c.line > opened+1 {
				return row, &Fault{Code: FaultQuote, Line: opened}
			}
			row.Fault = RowQuote
			end()
			return c.cut(row), nil
		case errors.Is(err, io.EOF):
			end()
			return c.cut(row), nil
		case err != nil:
			return row, err
		}
		switch {
		case quoted:
			switch b {
			case '"':
				if next, err := c.in.Peek(1); err == nil && next[0] == '"' {
					_, _ = c.in.Discard(1)
					put('"')
				} else {
					quoted = false
				}
			case '\n':
				c.line++
				put(b)
			default:
				put(b)
			}
		case b == '"' && length == 0 && len(c.text) == start:
			quoted, opened = true, c.line
		case b == c.delim:
			end()
		case b == '\n' || b == '\r':
			if next, err := c.in.Peek(1); b == '\r' && err == nil && next[0] == '\n' {
				_, _ = c.in.Discard(1)
			}
			c.line++
			end()
			return c.cut(row), nil
		default:
			put(b)
		}
	}
}

// cut makes the cells out of what was gathered, and looks for what no cell may hold.
func (c *csvReader) cut(row Row) Row {
	text := string(c.text)
	row.Cells = make([]string, len(c.ends))
	start := 0
	for i, end := range c.ends {
		row.Cells[i], start = text[start:end], end
	}
	if row.Fault == "" {
		row.Fault = c.damage(text)
	}
	if row.Fault != "" {
		for i, cell := range row.Cells {
			row.Cells[i] = strings.ToValidUTF8(strings.ReplaceAll(cell, "\x00", ""), "\uFFFD")
		}
	}
	return row
}

func (c *csvReader) damage(text string) string {
	switch {
	case strings.IndexByte(text, 0) >= 0:
		return RowNUL
	case c.legal && !utf8.ValidString(text), !c.legal && strings.ContainsRune(text, utf8.RuneError):
		return RowEncoding
	}
	return ""
}
