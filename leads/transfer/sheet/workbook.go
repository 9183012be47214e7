package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// MaxWorkbook bounds a workbook, which is held in memory as it is packed; a CSV file of
// the same people may be of any size.
const MaxWorkbook = 64 << 20

// openWorkbook opens an Excel workbook and reads its first sheet that holds something.
// Sheets are unpacked to temporary files and read from there row by row.
func openWorkbook(r io.ReaderAt, size int64, z *zip.Reader, o Options) (_ *Book, err error) {
	if size > MaxWorkbook {
		return nil, &Fault{Code: FaultTooLarge, Detail: strconv.Itoa(MaxWorkbook >> 20)}
	}
	defer func() {
		if p := recover(); p != nil { // a parser of others, given what strangers made
			err = &Fault{Code: FaultBroken, Detail: "xlsx"}
		}
	}()
	f, err := excelize.OpenReader(io.NewSectionReader(r, 0, size), excelize.Options{
		UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: 8 << 20, TmpDir: o.TempDir, ShortDatePattern: isoDate,
	})
	if err != nil {
		return nil, &Fault{Code: FaultBroken, Detail: "xlsx"}
	}
	book := &Book{Kind: XLSX, close: f.Close}
	var fault error = &Fault{Code: FaultEmpty}
	sheets := f.GetSheetList()
	for _, name := range sheets {
		part := &Part{Name: name}
		part.rows = func() (source, error) { return newSheet(f, name) }
		if err := part.findHeader(); err != nil {
			var empty *Fault
			if errors.As(err, &empty) && empty.Code == FaultEmpty {
				continue
			}
			fault = part.named(err)
			break
		}
		part.Notices = append(part.Notices, marks(z)...)
		if len(sheets) > 1 {
			part.Notices = append(part.Notices, NoticeSheets)
		}
		book.Parts = []*Part{part}
		return book, nil
	}
	return nil, errors.Join(fault, f.Close())
}

// isoDate is how a date without a pattern of its own is written out.
const isoDate = "yyyy-mm-dd"

// sheetSource reads a sheet twice at once: as its numbers are stored and as they are
// shown. What is stored is exact, 989121234567 and not 9.89E+11; only what is shown tells
// that 45231 is a day, or that 0912 keeps its zero.
type sheetSource struct {
	raw, shown *excelize.Rows
	file       *excelize.File
	line       int
	date1904   bool
}

func newSheet(f *excelize.File, name string) (*sheetSource, error) {
	raw, err := f.Rows(name)
	if err != nil {
		return nil, &Fault{Code: FaultBroken, Detail: "xlsx"}
	}
	shown, err := f.Rows(name)
	if err != nil {
		return nil, errors.Join(&Fault{Code: FaultBroken, Detail: "xlsx"}, raw.Close())
	}
	s := &sheetSource{raw: raw, shown: shown, file: f}
	if props, err := f.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		s.date1904 = *props.Date1904
	}
	return s, nil
}

func (s *sheetSource) next() (row Row, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &Fault{Code: FaultBroken, Detail: fmt.Sprintf("xlsx, row %d", s.line)}
		}
	}()
	for {
		more, alike := s.raw.Next(), s.shown.Next()
		if !more || !alike {
			if err := errors.Join(s.raw.Error(), s.shown.Error()); err != nil {
				return Row{}, &Fault{Code: FaultBroken, Detail: fmt.Sprintf("xlsx, row %d", s.line)}
			}
			return Row{}, io.EOF
		}
		s.line++
		raw, err := s.raw.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return Row{}, &Fault{Code: FaultBroken, Detail: fmt.Sprintf("xlsx, row %d", s.line)}
		}
		shown, err := s.shown.Columns()
		if err != nil {
			return Row{}, &Fault{Code: FaultBroken, Detail: fmt.Sprintf("xlsx, row %d", s.line)}
		}
		if row, ok := s.read(raw, shown); ok {
			return row, nil
		}
	}
}

// read makes a row of both readings; ok is false when nothing is in it.
func (s *sheetSource) read(raw, shown []string) (row Row, ok bool) {
	row = Row{Line: s.line, Cells: make([]string, len(raw))}
	size := 0
	for i, stored := range raw {
		text := stored
		if i < len(shown) && shown[i] != stored {
			text = s.choose(stored, shown[i])
		}
		if size += len(text); len(text) > MaxCell || size > MaxRow {
			row.Fault, text = RowCell, ""
		}
		switch {
		case row.Fault != "":
		case strings.IndexByte(text, 0) >= 0:
			row.Fault = RowNUL
		case isFormulaError(text):
			row.Fault = RowFormula
		}
		row.Cells[i] = text
		ok = ok || strings.TrimSpace(text) != ""
	}
	if len(row.Cells) > MaxColumns {
		row.Cells, row.Fault = row.Cells[:MaxColumns+1], RowLong
	}
	return row, ok
}

// choose picks between a number as it is stored and as it is shown.
func (s *sheetSource) choose(stored, shown string) string {
	number, err := strconv.ParseFloat(stored, 64)
	if err != nil {
		return stored
	}
	if digits(shown) {
		return shown // leading zeros that the pattern of the cell adds
	}
	if number >= 1 && number < 2958466 && looksLikeDate(shown) {
		if t, err := excelize.ExcelDateToTime(number, s.date1904); err == nil {
			t = t.Round(time.Second)
			if t.Hour()+t.Minute()+t.Second() == 0 {
				return t.Format(time.DateOnly)
			}
			return t.Format("2006-01-02 15:04:05")
		}
	}
	return plain(stored)
}

// plain writes a whole number out that is stored with an exponent.
func plain(stored string) string {
	if !strings.ContainsAny(stored, "eE") {
		return stored
	}
	if f, _, err := big.ParseFloat(stored, 10, 200, big.ToNearestEven); err == nil && f.IsInt() && f.MantExp(nil) < 100 {
		return f.Text('f', 0)
	}
	return stored
}

func digits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// looksLikeDate says whether a shown number has the parts of a day: two separators
// between figures, or the name of a month.
func looksLikeDate(shown string) bool {
	separators := strings.Count(shown, "-") + strings.Count(shown, "/") + strings.Count(shown, ":") + strings.Count(shown, ".")
	if strings.HasPrefix(shown, "-") || strings.ContainsAny(shown, "%$€£﷼E") {
		return false
	}
	months := strings.IndexFunc(shown, func(r rune) bool { return r >= 'A' && r <= 'z' || r >= 'ء' && r <= 'ی' }) >= 0
	return separators >= 2 || months && separators >= 1 || strings.ContainsAny(shown, "年月日")
}

func isFormulaError(text string) bool {
	switch text {
	case "#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA":
		return true
	}
	return false
}

// Close lets go of both readings.
func (s *sheetSource) Close() error { return errors.Join(s.raw.Close(), s.shown.Close()) }

// marks looks through the sheets for formulas and merged cells.
func marks(z *zip.Reader) []string {
	found := map[string]bool{}
	for _, f := range z.File {
		if !strings.HasPrefix(strings.ToLower(f.Name), "xl/worksheets/sheet") {
			continue
		}
		in, err := f.Open()
		if err != nil {
			continue
		}
		tags := bufio.NewReaderSize(in, 64<<10)
		for {
			tag, err := tags.ReadSlice('<')
			if bytes.HasPrefix(tag, []byte("f>")) || bytes.HasPrefix(tag, []byte("f ")) {
				found[NoticeFormulas] = true
			}
			if bytes.HasPrefix(tag, []byte("mergeCell ")) {
				found[NoticeMerged] = true
			}
			if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
				break
			}
		}
		_ = in.Close()
	}
	var out []string
	for _, notice := range []string{NoticeFormulas, NoticeMerged} {
		if found[notice] {
			out = append(out, notice)
		}
	}
	return out
}
