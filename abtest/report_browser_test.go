package abtest

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/period"
	"github.com/sarnakh/sarnakh/internal/secure"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
)

var shots = flag.String("shots", "", "folder to put screenshots of the reports into")

// mixed lets an experiment run for some days with visitors of all kinds.
func (h *house) mixed(e *Experiment, days, visitors int, rates ...float64) {
	h.t.Helper()
	dice := rand.New(rand.NewPCG(11, 11))
	for range days {
		for i, v := range e.Definition.Variants {
			for j, device := range web.Devices {
				for k, channel := range web.Channels {
					n := max(1, int(float64(visitors)/float64((j+2)*(k+3))*(0.8+0.4*dice.Float64())))
					converted := 0
					for range n {
						if dice.Float64() < rates[i] {
							converted++
						}
					}
					h.arrive(e, v.Key, web.Visit{Device: device, Channel: channel, Language: []string{"fa", "fa", "en"}[k%3]}, n, converted)
				}
			}
		}
		h.time.Advance(24 * time.Hour)
		h.evaluate()
	}
}

// rich are the states that need more than visitors and conversions.
func rich(h *house) []string {
	goals := promise()
	goals.Key, goals.Name = "goals", "A shorter checkout"
	goals.Goal = Goal{}
	goals.Goals = []Goal{
		{Key: "leads", Name: texts("Leads", "سرنخ‌ها"), Where: map[string]any{"form": "guide"}, Role: Primary},
		{Key: "orders", Name: texts("Orders", "سفارش‌ها"), Event: "Order Completed", Window: period.Period(14 * 24 * time.Hour)},
		{Key: "revenue", Name: texts("Revenue", "درآمد"), Event: "Order Completed", Kind: OfValue, Property: "total", Cap: 0.99},
		{Key: "basket", Name: texts("Revenue per order", "درآمد هر سفارش"), Event: "Order Completed", Kind: OfRatio, Property: "total"},
		{Key: "clicks", Event: "Clicked", Kind: OfRatio, Per: "Product Viewed"},
		{Key: "left", Name: texts("Unsubscribed", "لغو اشتراک"), Event: "Unsubscribed", Role: Guardrail, Better: Less},
	}
	goals.PlannedVisitorsPerArm, goals.PlannedWeeks, goals.MinimumEffect = 4000, new(12), new(0.1)
	e := h.start(goals)
	h.mixed(e, 5, 60, 0.12, 0.13)
	h.orders(e)
	ramp := *goals
	ramp.Variants = []Variant{{Key: "a", Name: goals.Variants[0].Name, Weight: 30}, {Key: "b", Name: goals.Variants[1].Name, Weight: 70}}
	h.must(h.apply(&ramp))
	e = h.find("goals")
	h.mixed(e, 2, 30, 0.12, 0.13)

	paused := promise()
	paused.Key, paused.Name = "paused", "A film on the start page"
	paused.Variants[0].Name = texts("A picture of the roastery with everybody who works there", "عکس کارگاه با همهٔ کسانی که در آن کار می‌کنند")
	paused.Variants[1].Name = texts("A film of four minutes in which the roaster shows a morning", "فیلمی چهاردقیقه‌ای از یک صبح کارگاه")
	h.live(h.start(paused), 3, 80, 0.1, 0.11)
	paused.State = Paused
	h.must(h.apply(paused))

	archived := promise()
	archived.Key, archived.Name = "archived", "An older headline"
	h.live(h.start(archived), 7, 160, 0.12, 0.2)
	for _, state := range []State{Stopped, Archived} {
		archived.State = state
		h.must(h.apply(archived))
	}

	rolled := promise()
	rolled.Key, rolled.Name = "rolled", "What everybody sees now"
	h.live(h.start(rolled), 7, 160, 0.12, 0.2)
	h.must(h.RollOut(h.t.Context(), "rolled", "b", 0.1, "sara@example.com"))

	value := promise()
	value.Key, value.Name = "value", "Delivery for free"
	value.Goal = Goal{Event: "Order Completed", Kind: OfValue, Property: "total"}
	e = h.start(value)
	h.mixed(e, 6, 90, 0, 0)
	h.orders(e)
	h.time.Advance(24 * time.Hour)
	h.evaluate()

	ratio := promise()
	ratio.Key, ratio.Name = "ratio", "Two for the price of one"
	ratio.Goal = Goal{Event: "Order Completed", Kind: OfRatio, Property: "total", Per: "Form Submitted"}
	e = h.start(ratio)
	h.mixed(e, 6, 90, 0.7, 0.6)
	h.orders(e)
	h.time.Advance(24 * time.Hour)
	h.evaluate()

	five := promise()
	five.Key, five.Name = "five", "Five headlines"
	for i, name := range []string{"The thread on every bag", "From our roastery in the old town", "Roasted this morning, at your door tomorrow"} {
		five.Variants = append(five.Variants, Variant{Key: string(rune('c' + i)), Name: texts(name, name)})
	}
	h.mixed(h.start(five), 6, 80, 0.1, 0.12, 0.11, 0.14, 0.09)

	earning := promise()
	earning.Key, earning.Name, earning.Mode, earning.PlannedVisitorsPerArm = "earning", "The picture of the week", Earn, 20_000
	h.must(h.apply(earning))
	for range 13 {
		e := h.find("earning")
		for i, v := range e.Definition.Variants {
			n := int(400 * e.Shares[i])
			h.visit(e, v.Key, n, n*(10+2*i)/100)
		}
		h.time.Advance(24 * time.Hour)
		h.evaluate()
	}
	return []string{"goals", "paused", "archived", "rolled", "rolled-holdout", "winner/roll-out", "value", "ratio", "five", "earning"}
}

// orders has some visitors of an experiment buy, and some leave.
func (h *house) orders(e *Experiment) {
	h.t.Helper()
	ctx := h.t.Context()
	var seen []*exposure
	h.must(h.db.Read().NewSelect().Model(&seen).Where("experiment_id = ?", e.ID).Order("visitor_id").Scan(ctx))
	var events []*leads.Event
	for i, x := range seen {
		h.next++
		switch {
		case i%6 == 0 || x.Variant == "b" && i%6 == 1:
			events = append(events, ordered(int64(1_000_000+h.next), x.VisitorID, h.time.Now(), float64(180_000+i%7*45_000)))
		case x.Variant == "b" && i%4 == 0:
			events = append(events, &leads.Event{ID: int64(1_000_000 + h.next), MessageID: fmt.Sprintf("left:%d", h.next), VisitorID: x.VisitorID, Name: "Unsubscribed", OccurredAt: h.time.Now()})
		}
	}
	for len(events) > 0 {
		batch := events[:min(len(events), 200)]
		events = events[len(batch):]
		h.must(h.OnEvents(ctx, batch))
	}
}

// TestEveryStateOfAReportIsWholeInABrowser looks at the reports in both languages, on a desk
// and on a phone, light and dark, and at their sheets. With -shots it keeps the pictures.
func TestEveryStateOfAReportIsWholeInABrowser(t *testing.T) {
	c := testkit.Browser(t)
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	h.SignWith(secure.NewSigner([]byte("a secret of some length")))
	base := h.serve()
	keys := append(gallery(h), rich(h)...)
	c.Open(base + "/shared/experiments/nowhere")
	testkit.Eval[string](c, `document.cookie = "session=1; Path=/"`)
	looked := c.Problems()
	for _, lang := range []string{"en", "fa"} {
		for _, look := range []struct {
			name          string
			width, height int
			phone         bool
			scheme        string
		}{{"desk-light", 1280, 900, false, "light"}, {"phone-dark", 390, 844, true, "dark"}} {
			c.Viewport(look.width, look.height, look.phone)
			c.ColorScheme(look.scheme)
			for _, key := range keys {
				for _, kind := range []string{"", "/print"} {
					if kind != "" && key != "goals" {
						continue
					}
					if status := c.Open(base + "/experiments/" + key + kind + "?lang=" + lang); status != 200 {
						t.Fatalf("%s: %d", key, status)
					}
					text := c.Text("body")
					for _, sign := range []string{"⟦", "NaN", "Inf", "%!"} {
						if strings.Contains(text, sign) {
							t.Errorf("%s in %s shows %q", key, lang, sign)
						}
					}
					if wide := testkit.Eval[int](c, "document.documentElement.scrollWidth"); wide > look.width {
						t.Errorf("%s in %s, %s: %d pixels wide on a screen of %d", key+kind, lang, look.name, wide, look.width)
					}
					if key == "paused" && !look.phone {
						if lines := testkit.Eval[int](c, `(() => { const r = document.createRange(); r.selectNodeContents(document.querySelector(".by-segment tbody th")); return r.getClientRects().length })()`); lines != 1 {
							t.Errorf("beside long names of versions, two words stand on %d lines", lines)
						}
					}
					if *shots != "" {
						c.Screenshot(filepath.Join(*shots, strings.ReplaceAll(key, "/", "-")+strings.ReplaceAll(kind, "/", "-")+"-"+lang+"-"+look.name+".png"), true)
					}
				}
			}
		}
	}
	c.Open(base + "/experiments/winner?lang=fa")
	c.Click("a[data-png] + button")
	c.Wait("button[data-taken='winner-rates.png']") // the browser has drawn it from the SVG
	c.Scripts(false)
	c.Open(base + "/experiments/winner?lang=en")
	if c.Count("a[data-png]") != 5 || c.Count("a[data-png] + button") != 0 {
		t.Error("without scripts the SVGs are not there, or buttons are that do nothing")
	}
	c.Scripts(true)
	for _, problem := range c.Problems()[len(looked):] {
		t.Error(problem)
	}
}
