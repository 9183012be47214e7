package abtest

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

// TestAnExperimentIsPlannedMadeAndStoppedByHand goes the way of a marketer in Chromium,
// with scripts and without them.
func TestAnExperimentIsPlannedMadeAndStoppedByHand(t *testing.T) {
	c := testkit.Browser(t)
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.Join(someTown, nil)
	base := h.serve()
	c.Open(base + "/static/nothing.css")
	testkit.Eval[string](c, `document.cookie = "session=1; Path=/"`)
	before := len(c.Problems())
	for _, scripts := range []bool{true, false} {
		key := map[bool]string{true: "with", false: "without"}[scripts]
		c.Scripts(scripts)
		c.Open(base + "/experiments/plan?lang=en&page=busy")
		c.Fill("#effect", "40")
		if scripts {
			c.Press("#effect", "0") // 400 per cent
			c.Wait(".verdict.good")
			if !strings.Contains(c.URL(), "effect=400") {
				t.Errorf("the address does not follow: %s", c.URL())
			}
		} else {
			c.Follow("form[action='/experiments/plan'] button")
		}
		if !strings.Contains(c.Text(".verdict"), "you need") {
			t.Errorf("%s: %s", key, c.Text(".verdict"))
		}
		c.Follow("a[href^='/experiments/new?']")
		c.Fill("#name", "By hand "+key)
		c.Fill("#key", key)
		if press := "button[value='add:variant']"; scripts {
			c.Click(press)
		} else {
			c.Follow(press)
		}
		c.Wait("#variants-2-key")
		if got := c.Value("#name"); got != "By hand "+key {
			t.Errorf("%s: what was typed is gone: %q", key, got)
		}
		c.Fill("#variants-2-key", "third")
		if *shots != "" {
			c.Screenshot(filepath.Join(*shots, "made-"+key+".png"), true)
		}
		c.Follow("p > button[value='save']")
		if !strings.HasSuffix(strings.Split(c.URL(), "?")[0], "/experiments/"+key) {
			t.Fatalf("%s: not saved: %s", key, c.Text("main"))
		}
		if n := len(h.find(key).Definition.Variants); n != 3 {
			t.Errorf("%s: %d versions", key, n)
		}
		c.Follow("a[href='/experiments/" + key + "/start']")
		c.Follow("button[value='running']")
		c.Follow("a[href='/experiments/" + key + "/stop']")
		c.Follow("button[value='stopped']")
		if h.find(key).State() != Stopped {
			t.Errorf("%s: %s", key, h.find(key).State())
		}
	}
	c.Scripts(true)
	for _, problem := range c.Problems()[before:] {
		t.Error(problem)
	}
}
