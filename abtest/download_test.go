package abtest

import (
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

func TestTheTableAddsUpToTheReport(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		d := promise()
		d.Variants[1].Name = texts("=HYPERLINK(\"http://evil\")", "@کار")
		d.Goal = Goal{}
		d.Goals = []Goal{
			{Key: "leads", Where: map[string]any{"form": "guide"}, Role: Primary},
			{Key: "revenue", Name: texts("+ Revenue", "درآمد"), Event: "Order Completed", Kind: OfValue, Property: "total"},
			{Key: "basket", Event: "Order Completed", Kind: OfRatio, Property: "total"},
		}
		e := h.start(d)
		h.visit(e, "a", 40, 7)
		h.time.Advance(2 * day) // a day without visitors between
		h.visit(e, "b", 30, 9)
		h.orders(e)
		_, body := h.get(h.serve() + "/experiments/promise/csv?lang=en")
		text, marked := strings.CutPrefix(body, "\ufeff")
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || !marked {
			t.Fatalf("marked %v, %v: %s", marked, err, body)
		}
		if len(rows) != 1+3*3*2 || strings.Join(rows[0], ",") != strings.Join(tableHead, ",") {
			t.Errorf("%d rows: want one for each goal, day and version: %v", len(rows), rows[0])
		}
		r := h.report("promise")
		for _, g := range r.Goals {
			for _, a := range g.Arms {
				var visitors, reached int64
				var value, units float64
				for _, row := range rows[1:] {
					if row[3] != a.Key || row[5] != g.Key {
						continue
					}
					n, _ := strconv.ParseInt(row[8], 10, 64)
					m, _ := strconv.ParseInt(row[9], 10, 64)
					v, _ := strconv.ParseFloat(row[11], 64)
					u, _ := strconv.ParseFloat(row[12], 64)
					visitors, reached, value, units = visitors+n, reached+m, value+v, units+u
				}
				if visitors != a.Visitors || reached != a.Conversions || a.Total != nil && value != *a.Total || a.Units != nil && units != *a.Units {
					t.Errorf("%s of %s: %d of %d, %v; the report has %+v", g.Key, a.Key, reached, visitors, value, a)
				}
			}
		}
		for _, row := range rows {
			for _, cell := range row {
				if strings.IndexAny(cell, "=+@-") == 0 {
					t.Errorf("a spreadsheet takes %q for a formula", cell)
				}
			}
		}
		if !strings.Contains(body, "2026-11-04") {
			t.Error("the days have no dates")
		}
	})
}

func TestChartsAreFilesThatOpenAnywhere(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.live(h.start(promise()), 4, 80, 0.1, 0.12)
	base := h.serve() + "/experiments/promise/charts/"
	for _, name := range []string{"rates", "trend", "lift", "shares", "daily"} {
		for _, lang := range []string{"en", "fa"} {
			status, body := h.get(base + name + ".svg?lang=" + lang)
			decoder := xml.NewDecoder(strings.NewReader(body))
			var err error
			for err == nil {
				_, err = decoder.Token()
			}
			if status != 200 || !errors.Is(err, io.EOF) || !strings.HasPrefix(body, "<svg xmlns=") || !strings.Contains(body, "<style>") || strings.Contains(body, "NaN") {
				t.Errorf("%s in %s: %d, %v: %s", name, lang, status, err, body)
			}
		}
	}
	for _, wrong := range []string{"rates", "rates.png", "nothing.svg", ".svg"} {
		if status, _ := h.get(base + wrong); status != http.StatusNotFound {
			t.Errorf("%s: %d", wrong, status)
		}
	}
}
