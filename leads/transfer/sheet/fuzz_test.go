package sheet

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// FuzzOpen throws files at the reader: whatever they hold, it ends, every row has the
// width of the header or a fault, every cell is legal text within its limit.
func FuzzOpen(f *testing.F) {
	for _, seed := range []string{
		"email,name\nsara@example.com,Sara\n", "a;b\n\"x;1\";2\n", "\xEF\xBB\xBFa\tb\n1\t2\n", "sep=,\na,b\n1,2\n", "a,b\n1,\"2\n",
		"\xFF\xFEa\x00,\x00b\x00\n\x001\x00,\x002\x00", "a\x00,\x00b\x00\n\x00", "\xe3\xc7\xed\n\xd3\xe1\xc7\xe3\n", "\r\r\r", "\"\"\"", "a,\"b\nc\",d\n,,\n",
		"sep=\"\n1\n2", "a@b.c\n", "\xff\xfe\xff", "a\n\x80\n",
	} {
		f.Add([]byte(seed))
	}
	f.Add(zipped(f, "subscribed.csv", "Email Address\nsara@example.com\n", "x/../../y.csv", ""))
	f.Add(workbook(f, func(_ *excelize.File, put func(string, any, ...string)) { put("A1", "email"); put("A2", 1e11) }))
	f.Fuzz(func(t *testing.T, content []byte) {
		book, err := Open(bytes.NewReader(content), int64(len(content)), Options{TempDir: t.TempDir()})
		if err != nil {
			faulty(t, err)
			return
		}
		defer book.Close()
		for _, part := range book.Parts {
			for row, err := range part.Rows() {
				if err != nil {
					faulty(t, err)
					break
				}
				if row.Fault == "" && len(row.Cells) != len(part.Header) {
					t.Fatalf("%d cells under %d columns", len(row.Cells), len(part.Header))
				}
				for _, cell := range row.Cells {
					if len(cell) > MaxCell || !utf8.ValidString(cell) || strings.IndexByte(cell, 0) >= 0 && row.Fault != RowNUL {
						t.Fatalf("row %d, fault %q: cell %q", row.Line, row.Fault, cell)
					}
				}
			}
		}
	})
}

func faulty(t *testing.T, err error) {
	t.Helper()
	var fault *Fault
	if !errors.As(err, &fault) {
		t.Fatalf("%v is no fault", err)
	}
}

// FuzzDetect holds the encoding's detection to its word: what it names can be decoded.
func FuzzDetect(f *testing.F) {
	f.Add([]byte("سلام"))
	f.Add([]byte("\xff\xfes\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		name, err := detect(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		r, err := decoder(bytes.NewReader(content), name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	})
}
