package sheet

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"path"
	"strings"
)

// Kind is what a file is, by its content and not by its name.
type Kind string

// What we read.
const (
	CSV  Kind = "csv"
	XLSX Kind = "xlsx"
	ZIP  Kind = "zip" // of CSV files
)

// Book is an opened file: one table or, in an archive, several.
type Book struct {
	Kind  Kind
	Parts []*Part
	close func() error
}

// Close lets go of what reading the file needed.
func (b *Book) Close() error {
	if b.close == nil {
		return nil
	}
	return b.close()
}

// Part is one table.
type Part struct {
	Name      string   // of the file within an archive, of the sheet; "" for a lone CSV
	Encoding  string   // of a CSV file; "" of a sheet
	Delimiter string   // of a CSV file; "" of a sheet
	Header    []string // one name a column, no two alike
	Headless  bool     // the first line is a row already, the names are ours
	Notices   []string // what the reader should know, one of the constants below

	rows func() (source, error)
}

// What is worth knowing about a table that can be read.
const (
	NoticeDuplicate = "duplicate_header" // two columns of one name: the later got a number
	NoticeHeadless  = "headless"         // no header: the columns were numbered
	NoticeFormulas  = "formulas"         // cells hold formulas: what they last showed is taken
	NoticeMerged    = "merged"           // merged cells: only the first of an area has the value
	NoticeSheets    = "sheets"           // further sheets are not read
)

// source yields raw rows until io.EOF.
type source interface {
	next() (Row, error)
	io.Closer
}

// Options are what a person may set when the file was misread.
type Options struct {
	Encoding  string // of CSV files; found out when empty
	Delimiter string // of CSV files; found out when empty
	TempDir   string // where large sheets are unpacked; the system's own when empty
}

// Open looks at a file of the given size and finds its tables. It reads the file to the
// end where the encoding asks for it. What cannot be read is a *Fault.
func Open(r io.ReaderAt, size int64, o Options) (*Book, error) {
	magic := make([]byte, 512)
	n, err := r.ReadAt(magic, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	magic = magic[:n]
	switch {
	case len(bytes.TrimSpace(magic)) == 0 && size <= int64(len(magic)):
		return nil, &Fault{Code: FaultEmpty}
	case bytes.HasPrefix(magic, []byte("PK\x03\x04")), bytes.HasPrefix(magic, []byte("PK\x05\x06")):
		return openArchive(r, size, o)
	case bytes.HasPrefix(magic, []byte("\xD0\xCF\x11\xE0")):
		return nil, &Fault{Code: FaultOldExcel}
	}
	part, err := openCSV("", func() (io.ReadCloser, error) { return io.NopCloser(io.NewSectionReader(r, 0, size)), nil }, o)
	if err != nil {
		return nil, err
	}
	return &Book{Kind: CSV, Parts: []*Part{part}}, nil
}

// openCSV finds out how a text is to be read; open begins it anew.
func openCSV(name string, open func() (io.ReadCloser, error), o Options) (*Part, error) {
	p := &Part{Name: path.Base(strings.ReplaceAll(name, `\`, "/")), Encoding: o.Encoding, Delimiter: o.Delimiter}
	if name == "" {
		p.Name = ""
	}
	if err := p.findEncoding(open); err != nil {
		return nil, p.named(err)
	}
	skip := false
	p.rows = func() (source, error) {
		in, err := open()
		if err != nil {
			return nil, err
		}
		text, err := decoder(in, p.Encoding)
		if err != nil {
			return nil, errors.Join(err, in.Close())
		}
		c := newCSV(text, p.Delimiter[0], p.Encoding != UTF8 && p.Encoding != UTF8BOM)
		s := &textSource{c, in}
		if skip {
			_, err = c.next()
		}
		return s, err
	}
	beginning, err := p.beginning(open)
	if err != nil {
		return nil, p.named(err)
	}
	skip = separatorLine(beginning) != ""
	if p.Delimiter == "" {
		p.Delimiter = delimiterOf(beginning)
	}
	if len(p.Delimiter) != 1 || p.Delimiter == `"` || p.Delimiter == "\n" || p.Delimiter == "\r" {
		return nil, p.named(&Fault{Code: FaultHeaderCells, Detail: p.Delimiter})
	}
	if err := p.findHeader(); err != nil {
		return nil, p.named(err)
	}
	return p, nil
}

func (p *Part) findEncoding(open func() (io.ReadCloser, error)) error {
	if p.Encoding != "" {
		return nil
	}
	in, err := open()
	if err != nil {
		return err
	}
	defer in.Close()
	p.Encoding, err = detect(in)
	return err
}

// beginning is the first of the text, decoded, after a look whether it is text at all.
func (p *Part) beginning(open func() (io.ReadCloser, error)) ([]byte, error) {
	in, err := open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := decoder(in, p.Encoding)
	if err != nil {
		return nil, err
	}
	b, err := head(text, 64<<10)
	if err != nil {
		return nil, err
	}
	start := bytes.ToLower(bytes.TrimSpace(b[:min(len(b), 200)]))
	switch {
	case len(start) == 0:
		return nil, &Fault{Code: FaultEmpty}
	case bytes.HasPrefix(start, []byte("<!doctype")), bytes.HasPrefix(start, []byte("<html")), bytes.HasPrefix(start, []byte("<?xml")):
		return nil, &Fault{Code: FaultPage}
	case binary(b):
		return nil, &Fault{Code: FaultBinary}
	}
	return b, nil
}

// binary says whether a text holds so many control characters that it is none.
func binary(b []byte) bool {
	control := 0
	for _, c := range b {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' {
			control++
		}
	}
	return control > len(b)/20+3
}

func (p *Part) named(err error) error {
	var f *Fault
	if errors.As(err, &f) && f.Part == "" {
		f.Part = p.Name
	}
	return err
}

type textSource struct {
	*csvReader
	io.Closer
}

// Rows yields the rows behind the header, in order. Rows with a fault are among them.
// A file that cannot be read to its end yields the fault last.
func (p *Part) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		s, err := p.rows()
		if err != nil {
			yield(Row{}, p.named(err))
			return
		}
		defer s.Close()
		if !p.Headless {
			if _, err := s.next(); err != nil {
				yield(Row{}, p.named(err))
				return
			}
		}
		for {
			row, err := s.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(row, p.named(err))
				return
			}
			if !yield(p.fit(row), nil) {
				return
			}
		}
	}
}

// fit holds a row to the width of the table. A sheet leaves out empty cells at the end
// of a row; in a text fewer cells than the header are half a row.
func (p *Part) fit(row Row) Row {
	width := len(p.Header)
	for len(row.Cells) > width && strings.TrimSpace(row.Cells[len(row.Cells)-1]) == "" {
		row.Cells = row.Cells[:len(row.Cells)-1]
	}
	switch {
	case row.Fault != "":
	case len(row.Cells) > width:
		row.Fault = RowLong
	case len(row.Cells) < width && p.Delimiter != "":
		row.Fault = RowShort
	}
	for len(row.Cells) < width && row.Fault == "" {
		row.Cells = append(row.Cells, "")
	}
	return row
}
