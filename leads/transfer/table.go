package transfer

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// table is a file that is written row by row.
type table interface {
	header(columns []string) error
	row(columns []string, values []any) error
	end() error // after the last row; what is not ended is broken
	close()     // lets go of what writing needed
}

// newTable begins a file of a format.
func newTable(format string, w io.Writer, mark bool, tempDir string) (table, error) {
	switch format {
	case "xlsx":
		return newXLSXTable(w, tempDir)
	case "jsonl":
		return &jsonTable{bufio.NewWriterSize(w, 64<<10)}, nil
	}
	if mark {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return nil, err
		}
	}
	c := &csvTable{csv.NewWriter(bufio.NewWriterSize(w, 64<<10)), nil}
	c.w.UseCRLF = true // RFC 4180, and what Excel writes itself
	return c, nil
}

type csvTable struct {
	w     *csv.Writer
	cells []string
}

func (t *csvTable) header(columns []string) error {
	t.cells = t.cells[:0]
	for _, c := range columns {
		t.cells = append(t.cells, unarmed(title(c)))
	}
	return t.w.Write(t.cells)
}

// title is a column's name in the header of a file: a field of one's own by its name.
func title(column string) string { return strings.TrimPrefix(column, toAttribute) }

func (t *csvTable) row(_ []string, values []any) error {
	t.cells = t.cells[:0]
	for _, v := range values {
		t.cells = append(t.cells, unarmed(textOf(v)))
	}
	return t.w.Write(t.cells)
}

func (t *csvTable) end() error {
	t.w.Flush()
	return t.w.Error()
}

func (t *csvTable) close() {}

// jsonTable writes one JSON object a line, with the types as they are.
type jsonTable struct{ w *bufio.Writer }

func (t *jsonTable) header([]string) error { return nil }

func (t *jsonTable) row(columns []string, values []any) error {
	if err := t.w.WriteByte('{'); err != nil {
		return err
	}
	first := true
	for i, v := range values {
		if list, ok := v.([]string); ok && list == nil {
			v = []string{}
		}
		if v == nil {
			continue
		}
		name, err := json.Marshal(columns[i])
		if err != nil {
			return err
		}
		value, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if !first {
			_ = t.w.WriteByte(',')
		}
		first = false
		_, _ = t.w.Write(name)
		_ = t.w.WriteByte(':')
		_, _ = t.w.Write(value)
	}
	_, err := t.w.WriteString("}\n")
	return err
}

func (t *jsonTable) end() error { return t.w.Flush() }

func (t *jsonTable) close() {}

// maxSheetRows is what a sheet of Excel holds at most, the header among them.
const maxSheetRows = 1_048_576

// xlsxTable writes a workbook: its rows go to a temporary file as they come and are
// packed at the end. What does not fit on a sheet goes on the next.
type xlsxTable struct {
	w       io.Writer
	file    *excelize.File
	stream  *excelize.StreamWriter
	columns []string
	sheet   int
	line    int
}

func newXLSXTable(w io.Writer, tempDir string) (*xlsxTable, error) {
	t := &xlsxTable{w: w, file: excelize.NewFile(excelize.Options{TmpDir: tempDir})}
	return t, nil
}

func (t *xlsxTable) header(columns []string) error {
	t.columns = columns
	t.sheet++
	name := fmt.Sprintf("Leads %d", t.sheet)
	var err error
	if t.sheet == 1 {
		err = t.file.SetSheetName("Sheet1", name)
	} else {
		_, err = t.file.NewSheet(name)
	}
	if err != nil {
		return err
	}
	if t.stream, err = t.file.NewStreamWriter(name); err != nil {
		return err
	}
	bold, err := t.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	if err := t.stream.SetColWidth(1, max(len(columns), 1), 18); err != nil {
		return err
	}
	if err := t.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	cells := make([]any, len(columns))
	for i, c := range columns {
		cells[i] = excelize.Cell{StyleID: bold, Value: title(c)}
	}
	t.line = 1
	return t.stream.SetRow("A1", cells)
}

// row writes texts as texts: no cell of ours holds a formula, whatever it begins with,
// and yet it gets the apostrophe, for the day when somebody saves the sheet as CSV.
func (t *xlsxTable) row(_ []string, values []any) error {
	if t.line == maxSheetRows {
		if err := t.stream.Flush(); err != nil {
			return err
		}
		if err := t.header(t.columns); err != nil {
			return err
		}
	}
	cells := make([]any, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case float64:
			cells[i] = v
		case nil:
		default:
			if text := unarmed(textOf(v)); text != "" {
				cells[i] = short(text)
			}
		}
	}
	t.line++
	cell, err := excelize.CoordinatesToCellName(1, t.line)
	if err != nil {
		return err
	}
	return t.stream.SetRow(cell, cells)
}

// short is a text that fits into a cell of Excel, which holds 32,767 characters.
func short(text string) string {
	if utf8.RuneCountInString(text) <= excelize.TotalCellChars {
		return text
	}
	return string([]rune(text)[:excelize.TotalCellChars])
}

func (t *xlsxTable) end() error {
	if err := t.stream.Flush(); err != nil {
		return err
	}
	_, err := t.file.WriteTo(t.w)
	return err
}

func (t *xlsxTable) close() { _ = t.file.Close() }
