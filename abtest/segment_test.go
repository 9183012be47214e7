package abtest

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
)

// arrive has n new visitors of a kind see a variant, of whom the first so many convert.
func (h *house) arrive(e *Experiment, variant string, from web.Visit, n, conversions int) {
	h.t.Helper()
	now := h.time.Now()
	var rows []*exposure
	var events []*leads.Event
	for i := range n {
		h.next++
		x := e.exposure(fmt.Sprintf("visitor-%06d", h.next), variant, now)
		x.Device, x.Traffic, x.Language = from.Device, from.Channel, from.Language
		rows = append(rows, x)
		if i < conversions {
			events = append(events, submitted(int64(h.next), x.VisitorID, now))
		}
	}
	h.must(h.inTx(rows))
	h.must(h.OnEvents(context.Background(), events))
}

func TestSegmentsAddUpToTheWhole(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		h := open(t, base)
		e := h.start(promise())
		for i, v := range e.Definition.Variants {
			h.arrive(e, v.Key, web.Visit{Device: "phone", Channel: "ads", Language: "fa"}, 90, 10+20*i)
			h.arrive(e, v.Key, web.Visit{Device: "desktop", Channel: "search", Language: "fa"}, 60, 12)
			h.arrive(e, v.Key, web.Visit{Device: "desktop", Channel: "direct", Language: ""}, 5, 0)
			for j := range 14 {
				h.arrive(e, v.Key, web.Visit{Device: "phone", Channel: "direct", Language: string(rune('a'+j)) + "x"}, 2, 1)
			}
		}
		h.time.Advance(time.Hour)
		r := h.report("promise")
		if len(r.Segments.By) != 3 {
			t.Fatalf("%d dimensions", len(r.Segments.By))
		}
		rows := 0
		for _, by := range r.Segments.By {
			rows += len(by.Rows)
			for i, a := range r.Arms {
				var visitors, conversions int64
				for _, row := range by.Rows {
					visitors, conversions = visitors+row.Arms[i].Visitors, conversions+row.Arms[i].Conversions
				}
				if visitors != a.Visitors || conversions != a.Conversions {
					t.Errorf("by %s %s has %d of %d, the whole %d of %d", by.Dimension, a.Key, conversions, visitors, a.Conversions, a.Visitors)
				}
			}
		}
		if n := r.Segments.Comparisons; n != rows || n != 2+3+10 {
			t.Errorf("%d comparisons over %d rows: want 15, the rarest languages as one", n, rows)
		}
		if got, want := r.Segments.Chance, 1-math.Pow(0.95, 15); math.Abs(got-want) > 1e-12 {
			t.Errorf("chance %v, want %v", got, want)
		}
		if s := r.Segments; s.Most != 4+7+10 || math.Abs(s.Alpha-0.05/21) > 1e-15 {
			t.Errorf("read at %v, of %d comparisons: want 0.05 over the 21 that there can be", s.Alpha, s.Most)
		}
		phone := r.Segments.By[0].Rows[0]
		if phone.Value != "phone" || phone.Arms[1].Visitors != 118 || phone.Arms[1].Conversions != 44 {
			t.Fatalf("%+v: want the phones first, 44 of 118", phone)
		}
		whole := r.Comparisons[0].RateRatio
		if i := phone.Lifts[0].Interval; i.Hi-i.Lo < whole.Hi-whole.Lo || i.Lo >= *phone.Lifts[0].Lift || i.Hi <= *phone.Lifts[0].Lift {
			t.Errorf("phones %+v: want wider than the whole (%+v), about %v", i, whole, *phone.Lifts[0].Lift)
		}
	})
}

func TestRowsThatAppearChangeNoOther(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	d := promise()
	d.Audience = Audience{Devices: []string{"phone"}}
	e := h.start(d)
	h.arrive(e, "a", web.Visit{Device: "phone", Channel: "ads", Language: "fa"}, 400, 40)
	h.arrive(e, "b", web.Visit{Device: "phone", Channel: "ads", Language: "fa"}, 400, 60)
	before := h.report("promise").Segments
	h.arrive(e, "a", web.Visit{Device: "phone", Channel: "search", Language: "en"}, 5, 1)
	after := h.report("promise").Segments
	if before.Most != 2+7+10 {
		t.Errorf("%d comparisons at the most: want 19, where all come by phone", before.Most)
	}
	if was, is := before.By[1].Rows[0].Lifts[0].Interval, after.By[1].Rows[0].Lifts[0].Interval; was != is {
		t.Errorf("ads %+v, with another source beside it %+v", was, is)
	}
}

func TestSegmentsWithoutVisitorsAreNone(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	draft := promise()
	draft.State = Draft
	h.start(draft)
	if s := h.report("promise").Segments; len(s.By) != 0 || s.Chance != 0 || s.Comparisons != 0 {
		t.Errorf("%+v", s)
	}
	_, body := h.get(h.serve() + "/api/v1/experiments/promise")
	if strings.Contains(body, "NaN") || !strings.Contains(body, `"by":[]`) {
		t.Error(body)
	}
}

func TestSegmentsOfWhatVisitorsBringAddUpToTheWhole(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		for name, goal := range map[string]Goal{
			"value": {Event: "Order Completed", Kind: OfValue, Property: "total", Cap: 0.95},
			"ratio": {Event: "Order Completed", Kind: OfRatio, Property: "total"},
		} {
			h := open(t, base)
			d := promise()
			d.Key, d.Goal = name, goal
			e := h.start(d)
			var events []*leads.Event
			for i, v := range e.Definition.Variants {
				for j, device := range []string{"phone", "desktop"} {
					first := h.next + 1
					h.arrive(e, v.Key, web.Visit{Device: device, Channel: "ads", Language: "fa"}, 150, 0)
					for k := range 120 * (2 - j) {
						events = append(events, ordered(int64(len(events)+1), fmt.Sprintf("visitor-%06d", first+k%120), h.time.Now(), float64((10+k%7)*(1+i*(1-j)))))
					}
				}
			}
			for i := 0; i < len(events); i += 200 {
				h.must(h.OnEvents(context.Background(), events[i:min(len(events), i+200)]))
			}
			r := h.report(name)
			whole := r.Goals[0]
			for _, by := range r.Segments.By {
				for i, a := range whole.Arms {
					var top, below float64
					for _, row := range by.Rows {
						t, b := row.Arms[i].quotient(row.Arms[i].Visitors)
						top, below = top+t, below+b
					}
					if math.Abs(top-*a.Total) > 1e-9**a.Total || math.Abs(top/below-*a.Mean) > 1e-9**a.Mean {
						t.Errorf("%s by %s, %s: %v over %v; the whole has %v, each %v", name, by.Dimension, a.Key, top, below, *a.Total, *a.Mean)
					}
				}
			}
			for _, row := range r.Segments.By[0].Rows {
				lift := row.Lifts[0]
				if lift.Difference == nil || (lift.Interval.Lo > 0) != (row.Value == "phone") || !lift.Interval.Contains(*lift.Difference) {
					t.Errorf("%s: %s %+v: only phones bring twice as much", name, row.Value, lift)
				}
			}
		}
	})
}
