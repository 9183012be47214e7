package sheet

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// workbook makes an Excel file.
func workbook(t testing.TB, fill func(f *excelize.File, put func(cell string, value any, numberFormat ...string))) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	fill(f, func(cell string, value any, numberFormat ...string) {
		t.Helper()
		check(f.SetCellValue("Sheet1", cell, value))
		if len(numberFormat) > 0 {
			style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &numberFormat[0]})
			check(err)
			check(f.SetCellStyle("Sheet1", cell, cell, style))
		}
	})
	var b bytes.Buffer
	check(f.Write(&b))
	return b.Bytes()
}

func TestAWorkbookGivesWhatAPersonSeesAndTheWholeNumber(t *testing.T) {
	content := workbook(t, func(f *excelize.File, put func(string, any, ...string)) {
		for i, name := range []string{"email", "phone", "zeros", "day", "moment", "amount", "sum"} {
			cell, _ := excelize.CoordinatesToCellName(i+1, 1)
			put(cell, name)
		}
		put("A2", "sara@example.com")
		put("B2", 989121234567)
		put("C2", 9121234567, "00000000000")
		put("D2", time.Date(2023, 11, 1, 0, 0, 0, 0, time.UTC), "dd/mm/yyyy")
		put("E2", time.Date(2023, 11, 1, 14, 30, 5, 0, time.UTC))
		put("F2", 1234.5, "#,##0.00")
		if err := f.SetCellFormula("Sheet1", "G2", "SUM(F2,1)"); err != nil {
			t.Fatal(err)
		}
		put("A4", "ali@example.com")
		put("F4", "#REF!")
		put("A5", "omid@example.com")
		put("A6", "merged@example.com")
		if err := f.MergeCell("Sheet1", "A6", "B6"); err != nil {
			t.Fatal(err)
		}
		if _, err := f.NewSheet("Other"); err != nil {
			t.Fatal(err)
		}
	})
	book, rows, err := read(t, content, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := "2:sara@example.com|989121234567|09121234567|2023-11-01|2023-11-01 14:30:05|1234.5| 4:formula! 5:omid@example.com|||||| 6:merged@example.com||||||"
	if got := flat(rows); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if p := book.Parts[0]; book.Kind != XLSX || !slices.Equal(p.Notices, []string{NoticeFormulas, NoticeMerged, NoticeSheets}) {
		t.Errorf("kind %s, notices %v", book.Kind, p.Notices)
	}
}

func TestAWorkbookWithoutRowsSaysSo(t *testing.T) {
	for name, c := range map[string]struct {
		code string
		fill func(put func(string, any, ...string))
	}{
		"empty":  {FaultEmpty, func(func(string, any, ...string)) {}},
		"header": {FaultHeaderOnly, func(put func(string, any, ...string)) { put("A1", "email") }},
		"wide": {FaultColumns, func(put func(string, any, ...string)) {
			put("A1", "email")
			put("ZZ1", "far out")
			put("A2", "sara@example.com")
		}},
	} {
		_, _, err := read(t, workbook(t, func(_ *excelize.File, put func(string, any, ...string)) { c.fill(put) }), Options{})
		if err == nil || !strings.Contains(err.Error(), "file: "+c.code) {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}
