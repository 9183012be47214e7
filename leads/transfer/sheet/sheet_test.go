package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// read is everything a file says, or the fault.
func read(t testing.TB, content []byte, o Options) (*Book, []Row, error) {
	t.Helper()
	o.TempDir = t.TempDir()
	book, err := Open(bytes.NewReader(content), int64(len(content)), o)
	if err != nil {
		return nil, nil, err
	}
	t.Cleanup(func() { _ = book.Close() })
	var rows []Row
	for _, part := range book.Parts {
		for row, err := range part.Rows() {
			if err != nil {
				return book, rows, err
			}
			rows = append(rows, row)
		}
	}
	return book, rows, nil
}

func flat(rows []Row) string {
	var lines []string
	for _, row := range rows {
		line := strings.Join(row.Cells, "|")
		if row.Fault != "" {
			line = row.Fault + "!"
		}
		lines = append(lines, fmt.Sprintf("%d:%s", row.Line, line))
	}
	return strings.Join(lines, " ")
}

func TestEveryEncodingAndDelimiterIsFoundOut(t *testing.T) {
	persian := "email,name,city\nsara@example.com,سارا احمدي,تهران\nali@example.com,علي رضايي,شيراز\n"
	western := "email;name;city\nrene@example.com;René;Zürich\njose@example.com;José;A Coruña\n"
	encode := func(e interface {
		Bytes([]byte) ([]byte, error)
	}, text string) []byte {
		b, err := e.Bytes([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct {
		name, encoding, delimiter, first string
		content                          []byte
	}{
		{"plain", UTF8, ",", "سارا احمدي", []byte(persian)},
		{"with a mark", UTF8BOM, ",", "سارا احمدي", []byte("\xEF\xBB\xBF" + persian)},
		{"UTF-16 with a mark", UTF16LE, ",", "سارا احمدي", encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder(), persian)},
		{"UTF-16 big with a mark", UTF16BE, ",", "سارا احمدي", encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder(), persian)},
		{"UTF-16 without", UTF16LE, ";", "René", encode(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder(), western)},
		{"Windows, Persian", Windows1256, ",", "سارا احمدي", encode(charmap.Windows1256.NewEncoder(), persian)},
		{"Windows, Western", Windows1252, ";", "René", encode(charmap.Windows1252.NewEncoder(), western)},
		{"tabs", UTF8, "\t", "René", []byte(strings.ReplaceAll(western, ";", "\t"))},
		{"named by Excel", UTF8, ";", "René", []byte("sep=;\r\n" + western)},
		{"commas within semicolons", UTF8, ";", "René, dit Né", []byte("email;name;note, long\nrene@example.com;René, dit Né;1,5\njose@example.com;b;2,5\n")},
		{"old Mac lines", UTF8, ",", "سارا احمدي", []byte(strings.ReplaceAll(persian, "\n", "\r"))},
	} {
		t.Run(c.name, func(t *testing.T) {
			book, rows, err := read(t, c.content, Options{})
			if err != nil {
				t.Fatal(err)
			}
			p := book.Parts[0]
			if p.Encoding != c.encoding || p.Delimiter != c.delimiter || p.Header[0] != "email" || len(p.Header) != 3 {
				t.Errorf("encoding %q, delimiter %q, header %q", p.Encoding, p.Delimiter, p.Header)
			}
			if len(rows) != 2 || rows[0].Cells[1] != c.first || rows[0].Fault != "" || rows[1].Fault != "" {
				t.Errorf("rows %v", flat(rows))
			}
		})
	}
}

func TestWhatIsWrongWithARowIsSaidAndTheRestIsRead(t *testing.T) {
	huge := strings.Repeat("x", 10<<20)
	for _, c := range []struct{ name, content, want string }{
		{"quotes", "a,b\n\"x,1\",\"say \"\"hi\"\"\"\n\"two\nlines\",y\nz,w", "2:x,1|say \"hi\" 3:two\nlines|y 5:z|w"},
		{"quotes in the middle", "a,b\nsay \"hi\",2\n\"x\"y,3\n", "2:say \"hi\"|2 3:xy|3"},
		{"half a row", "a,b\n1,2\n3", "2:1|2 3:short!"},
		{"long rows", "a,b\n1,2,3\n1,2,,\n", "2:long! 3:1|2"},
		{"a NUL", "a,b\n1,\x002\n3,4\n", "2:nul! 3:3|4"},
		{"a byte that is no letter", "a,b\n" + strings.Repeat("سلام,بود\n", 20) + "x\xff,y\n", ""},
		{"a cell of 10 MB", "a,b\n" + huge + ",2\n3,4\n", "2:cell! 3:3|4"},
		{"a quoted cell of 10 MB", "a,b\n\"" + huge + "\",2\n3,4\n", "2:cell! 3:3|4"},
		{"a quote open on the last line", "a,b\n1,2\n3,\"fo", "2:1|2 3:quote!"},
		{"empty lines", "\n\na,b\n\n1,2\n\n\n3,4\n\n", "5:1|2 8:3|4"},
		{"a row of many columns", "a,b\n" + strings.Repeat("1,", 1_000_000) + "\n3,4\n", "2:long! 3:3|4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, rows, err := read(t, []byte(c.content), Options{Encoding: UTF8})
			if err != nil {
				t.Fatal(err)
			}
			if got := flat(rows); c.want != "" && got != c.want {
				t.Errorf("got %.200s, want %s", got, c.want)
			}
			if c.want == "" && (rows[20].Fault != RowEncoding || rows[19].Fault != "") {
				t.Errorf("got %s", flat(rows))
			}
			for _, row := range rows {
				for _, cell := range row.Cells {
					if len(cell) > MaxCell {
						t.Errorf("a cell of %d bytes was held", len(cell))
					}
				}
			}
		})
	}
}

func TestAFileThatCannotBeReadSaysWhy(t *testing.T) {
	archive := func(files ...string) []byte { return zipped(t, files...) }
	bomb := func() []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, _ := z.Create("members.csv")
		zeros := make([]byte, 1<<20)
		for range 100 {
			_, _ = w.Write(zeros)
		}
		_ = z.Close()
		return b.Bytes()
	}
	damaged := archive("subscribed.csv", "Email Address\nsara@example.com\n"+strings.Repeat("somebody@example.com\n", 1000))
	copy(damaged[40:], "garbagegarbage")
	for _, c := range []struct {
		name    string
		content []byte
		code    string
		line    int
	}{
		{"nothing", nil, FaultEmpty, 0},
		{"only space", []byte(" \r\n\t\n"), FaultEmpty, 0},
		{"only a mark", []byte("\xEF\xBB\xBF"), FaultEmpty, 0},
		{"only a header", []byte("email,name\n"), FaultHeaderOnly, 0},
		{"a picture", append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{0, 1, 2, 3, 4, 5, 6, 7, 255, 254}, 100)...), FaultBinary, 0},
		{"an old workbook", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on"), FaultOldExcel, 0},
		{"a web page", []byte("<!DOCTYPE html><html><body>Please sign in</body></html>"), FaultPage, 0},
		{"a million columns", []byte(strings.Repeat("c,", 1_000_000) + "\n1\n"), FaultColumns, 0},
		{"an open quote", []byte("a,b\n1,2\n3,\"four\n5,6\n7,8\n"), FaultQuote, 3},
		{"a bomb", bomb(), FaultBomb, 0},
		{"a path out", archive("../../etc/cron.d/members.csv", "email\na@example.com\n"), FaultPath, 0},
		{"an absolute path", archive("/etc/members.csv", "email\na@example.com\n"), FaultPath, 0},
		{"a Windows path", archive(`..\..\members.csv`, "email\na@example.com\n"), FaultPath, 0},
		{"an archive of pictures", archive("cat.png", "meow"), FaultNoTable, 0},
		{"an archive in an archive", archive("inner.zip", "PK"), FaultNoTable, 0},
		{"half an archive", archive("a.csv", "email\na@example.com\n")[:60], FaultBroken, 0},
		{"a damaged archive", damaged, FaultBroken, 0},
		{"half a workbook", archive("xl/workbook.xml", "<workbook>", "[Content_Types].xml", "<Types>"), FaultBroken, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := read(t, c.content, Options{})
			var f *Fault
			if !errors.As(err, &f) || f.Code != c.code || f.Line != c.line || !errors.Is(err, errs.Invalid) {
				t.Errorf("got %v, want %s at line %d", err, c.code, c.line)
			}
		})
	}
}

func zipped(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAHeaderIsMadeUsable(t *testing.T) {
	for _, c := range []struct {
		name, content string
		header        []string
		notices       []string
		rows          string
	}{
		{"the same name twice", "Email,Birthday, birthday ,\u200fنام\n1,2,3,4\n", []string{"Email", "Birthday", "birthday (2)", "نام"}, []string{NoticeDuplicate}, "2:1|2|3|4"},
		{"no name", "Email,,x\n1,2,3\n", []string{"Email", "Column 2", "x"}, nil, "2:1|2|3"},
		{"empty at the end", "Email,x,,\n1,2,,\n", []string{"Email", "x"}, nil, "2:1|2"},
		{"none at all", "sara@example.com,Sara\nali@example.com,Ali\n", []string{"Column 1", "Column 2"}, []string{NoticeHeadless}, "1:sara@example.com|Sara 2:ali@example.com|Ali"},
		{"addresses alone", "Email\nsara@example.com\nali@example.com\n", []string{"Email"}, nil, "2:sara@example.com 3:ali@example.com"},
	} {
		t.Run(c.name, func(t *testing.T) {
			book, rows, err := read(t, []byte(c.content), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if p := book.Parts[0]; !slices.Equal(p.Header, c.header) || !slices.Equal(p.Notices, c.notices) || flat(rows) != c.rows {
				t.Errorf("header %q, notices %q, rows %s", p.Header, p.Notices, flat(rows))
			}
		})
	}
}

func TestAnArchiveGivesItsTables(t *testing.T) {
	content := zipped(t,
		"members_export_1/subscribed_members_export_1.csv", "Email Address,TAGS\nsara@example.com,\n",
		"members_export_1/unsubscribed_members_export_1.csv", "Email Address,UNSUB_TIME\nali@example.com,2024-01-02 03:04:05\n",
		"members_export_1/cleaned_members_export_1.csv", "Email Address\n",
		"__MACOSX/._subscribed.csv", "\x00\x01", "readme.md", "hello")
	book, rows, err := read(t, content, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(book.Parts) != 2 || book.Parts[1].Name != "unsubscribed_members_export_1.csv" || len(rows) != 2 {
		t.Errorf("parts %v, rows %s", book.Parts, flat(rows))
	}
}
