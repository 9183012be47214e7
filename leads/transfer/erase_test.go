package transfer

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/leads"
)

// everything is what the feature keeps, as text.
func (h house) everything() string {
	h.t.Helper()
	var out strings.Builder
	for _, table := range []string{"imports", "import_refusals", "exports"} {
		var rows []map[string]any
		if err := h.db.Read().NewSelect().Table(table).Scan(h.t.Context(), &rows); err != nil {
			h.t.Fatal(err)
		}
		for _, row := range rows {
			for column, value := range row {
				if raw, ok := value.([]byte); ok {
					row[column] = string(raw)
				}
			}
			fmt.Fprintln(&out, table, row)
		}
	}
	return out.String()
}

func TestListsAndExportsKeepNothingOfWhoIsErased(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.employ()
		const header = "email,phone,customer id,first name,last name,country,note\n"
		h.finish(h.rehearse(h.bring("people.csv", header+"Sara.Secret@example.com,0912 111 2233,shop-47<11>,سارا,زرین‌پور,IR,\nomid@example.com,09121112244,shop-48,Omid,Karimi,IR,\n", Plan{}),
			func(p *Plan) {
				for i := range p.Columns {
					if p.Columns[i].Name == "customer id" {
						p.Columns[i].To = "external_id"
					}
				}
			}))
		// Refused, each by another way of knowing them.
		refused := h.finish(h.rehearse(h.bring("refused.csv", header+
			"SARA.secret@Example.com,,,mark1,,Atlantis,\n"+
			",۰۹۱۲ ۱۱۱ ۲۲ ۳۳,,mark2,,Atlantis,\n"+
			",0098-912-111-2233,,mark3,,Atlantis,\n"+
			",,shop-47<11>,mark4,,Atlantis,\n"+
			",,,mark5,,Atlantis,written by sara.secret@example.com\n"+
			"omid@example.com,09121112244,shop-48,keep6,,Atlantis,\n", Plan{}), nil))
		if refused.Tally.Refused != 6 {
			t.Fatalf("tally %+v", refused.Tally)
		}
		under := h.bring("under-way.csv", header+"x@example.com,+989121112233,,mark7,Zarrin,IR,\n", Plan{})
		other := h.bring("other.csv", header+"y@example.com,+989121112255,,keep8,,IR,\n", Plan{})
		for _, search := range []string{"sara.sec", "9121112", "زرین‌پور سارا", "سارا زرین", "Omid"} {
			e, err := h.Begin(t.Context(), ExportRequest{Format: "csv", Reason: "a mark9 list", Selection: Selection{Search: search}}, "team")
			if err != nil {
				t.Fatal(err)
			}
			if err := h.Run(t.Context(), e, io.Discard, false); err != nil {
				t.Fatal(err)
			}
		}
		secrets := []string{"mark1", "mark2", "mark3", "mark4", "mark5", "mark7", "sara.sec", "9121112233", "shop-47", "۲۲ ۳۳", "زرین"}
		before := h.everything()
		for _, secret := range secrets {
			if !strings.Contains(strings.ToLower(before), secret) {
				t.Fatalf("%q is nowhere before", secret)
			}
		}
		if _, err := h.leads.Erase(t.Context(), leads.EraseRequest{LeadID: h.lead("sara.secret@example.com").ID, Reason: "they asked", By: "team"}); err != nil {
			t.Fatal(err)
		}
		after := strings.ToLower(h.everything())
		for _, secret := range secrets {
			if i := strings.Index(after, secret); i >= 0 {
				t.Errorf("%q is still there: …%s", secret, after[max(0, i-200):i+20])
			}
		}
		for _, others := range []string{"keep6", "keep8", "omid", "search_erased"} {
			if !strings.Contains(after, others) {
				t.Errorf("%q is gone", others)
			}
		}
		// And what is being worked on does not bring the samples back.
		for _, im := range []*Import{under, other} {
			h.rehearse(im, nil)
		}
		if strings.Contains(h.everything(), "mark7") {
			t.Error("the dry run brought the samples back")
		}
	})
}

func TestAPersonIsRecognisedWhereverACellNamesThem(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.employ()
		h.finish(h.rehearse(h.bring("a.csv", "email\nsara@example.com\n", Plan{}), nil))
		n := h.namesOf(&leads.Person{Lead: h.lead("sara@example.com")})
		for cell, want := range map[string]bool{"SARA@example.com": true, "Sara <sara@example.com>": true, "sara": false, "": false, "12": false} {
			if n.in(cell) != want {
				t.Errorf("%q: %t", cell, !want)
			}
		}
	})
}
