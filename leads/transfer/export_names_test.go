package transfer

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

func TestAnExportOfEverythingLeavesNoFieldOfAnOldLeadOut(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		people := []*leads.Profile{{Email: "old@example.com", Attributes: map[string]any{"city": "Yazd"}}}
		for i := range 1100 {
			people = append(people, &leads.Profile{Email: fmt.Sprintf("new%d@example.com", i)})
		}
		for len(people) > 0 {
			some := people[:min(len(people), 100)]
			people = people[len(some):]
			if err := h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
				_, err := h.leads.Upsert(ctx, tx, some)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		e, err := h.Begin(t.Context(), ExportRequest{Format: "csv", Reason: "all"}, "team")
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := h.Run(t.Context(), e, &out, false); err != nil {
			t.Fatal(err)
		}
		if header, _, _ := strings.Cut(out.String(), "\n"); !strings.Contains(header, "city") || !strings.Contains(out.String(), "Yazd") {
			t.Errorf("the columns are %s", header)
		}
	})
}
