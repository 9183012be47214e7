package abtest

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

// TestOneLongWordLeavesThePagesAsWideAsThePhone writes an address of the longest kind where
// people write: in the name, the hypothesis, and the names of versions and goals.
func TestOneLongWordLeavesThePagesAsWideAsThePhone(t *testing.T) {
	c := testkit.Browser(t)
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	word := func(n int) string { return strings.Repeat("words", n/5) }
	d := promise()
	d.Name, d.Hypothesis = word(mostName), texts(word(mostHypothesis), word(mostHypothesis))
	for i := range d.Variants {
		d.Variants[i].Name = texts(word(mostName), word(mostName))
	}
	d.Goal = Goal{Event: "Order Completed", Name: texts(word(mostName), word(mostName)), Kind: OfRatio, Property: "total"}
	d.Goals = []Goal{{Key: "left", Event: "Unsubscribed", Name: texts(word(mostName), word(mostName)), Role: Guardrail, Better: Less}}
	h.sell(d)
	h.time.Advance(7 * day)
	h.evaluate()
	base := h.serve()
	c.Open(base + "/shared/experiments/nowhere")
	testkit.Eval[string](c, `document.cookie = "session=1; Path=/"`)
	c.Viewport(390, 844, true)
	for _, path := range []string{"", "/promise", "/promise/roll-out", "/promise/stop", "/promise/edit", "/library"} {
		for _, lang := range []string{"en", "fa"} {
			if status := c.Open(base + "/experiments" + path + "?lang=" + lang); status != 200 {
				t.Fatalf("%s: %d", path, status)
			}
			if wide := testkit.Eval[int](c, "document.documentElement.scrollWidth"); wide > 390 {
				t.Errorf("%s in %s is %d pixels wide: %s", path, lang, wide, testkit.Eval[string](c, `[...document.querySelectorAll(".main *")].filter(e => { const r = e.getBoundingClientRect(); return r.right > 391 || r.left < -1 }).map(e => e.tagName + "." + (e.getAttribute("class") || "")).join(" ")`))
			}
			if *shots != "" {
				c.Screenshot(filepath.Join(*shots, "long"+strings.ReplaceAll(path, "/", "-")+"-"+lang+".png"), true)
			}
		}
	}
}
