package abtest

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
)

// TestChartsOfMillionsStayInTheirCards sells for toman: nothing that is written in a chart
// sticks out of its card or runs into its neighbour.
func TestChartsOfMillionsStayInTheirCards(t *testing.T) {
	c := testkit.Browser(t)
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	d := promise()
	d.Goal = Goal{Event: "Order Completed", Kind: OfValue, Property: "total"}
	e := h.start(d)
	for week := range 5 {
		first := h.next
		h.visit(e, "a", 120, 0)
		h.visit(e, "b", 120, 0)
		var events []*leads.Event
		for i := range 240 {
			if i%2 == 0 {
				total := 1_900_000 + 700_000*float64(i%7) + 900_000*float64(i/120)
				events = append(events, ordered(int64(1_000_000+1000*week+i), fmt.Sprintf("visitor-%06d", first+i+1), h.time.Now(), total))
			}
		}
		h.must(h.OnEvents(context.Background(), events))
		h.time.Advance(day)
		h.evaluate()
	}
	base := h.serve()
	c.Open(base + "/shared/experiments/nowhere")
	testkit.Eval[string](c, `document.cookie = "session=1; Path=/"`)
	for _, width := range []int{390, 1280} {
		c.Viewport(width, 844, width == 390)
		for _, lang := range []string{"en", "fa"} {
			if status := c.Open(base + "/experiments/promise?lang=" + lang); status != 200 {
				t.Fatalf("%d", status)
			}
			if out := testkit.Eval[string](c, `[...document.querySelectorAll(".card .chart text")].filter(e => {
				const r = e.getBoundingClientRect(), card = e.closest(".card").getBoundingClientRect()
				return r.width && (r.left < card.left || r.right > card.right)
			}).map(e => e.textContent).join(" | ")`); out != "" {
				t.Errorf("at %d in %s these stick out: %s", width, lang, out)
			}
			if met := testkit.Eval[string](c, `[...document.querySelectorAll(".card .chart svg")].flatMap(svg => {
				const seen = [...svg.querySelectorAll(":scope > text")].map(e => [e.textContent, e.getBoundingClientRect()]).filter(([, r]) => r.width)
				return seen.flatMap(([a, r], i) => seen.slice(i + 1).filter(([, q]) => r.left < q.right && q.left < r.right && r.top + 10 < q.bottom && q.top + 10 < r.bottom).map(([b]) => a + " and " + b))
			}).join(" | ")`); met != "" {
				t.Errorf("at %d in %s these meet: %s", width, lang, met)
			}
			if *shots != "" {
				c.Screenshot(filepath.Join(*shots, fmt.Sprintf("millions-%s-%d.png", lang, width)), true)
			}
		}
	}
}
