package conditions

import (
	"fmt"
	"testing"
	"time"
)

// typical is the condition and the person of the figure in the README: a field,
// a tag and "did X at least twice in 30 days", of a lead with 50 events.
func typical() (Condition, *Facts, time.Time) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.FixedZone("", 3*3600+1800))
	f := &Facts{Fields: Fold(map[string]any{
		"email": "mina@example.com", "first_name": "مینا", "last_name": "كريمي", "city": "تهران", "country": "IR", "language": "fa", "cups": 4,
	})}
	f.Join(SetTag, "vip")
	for i := range 50 {
		name := []string{"Email Opened", "Page Viewed", "Order Completed", "Form Submitted"}[i%4]
		f.Events = append(f.Events, Event{Name: name, Folds: Fold(map[string]any{"sku": fmt.Sprint(i), "total": i}), At: now.AddDate(0, 0, -2*i)})
	}
	return Condition{All: []Condition{
		{Field: "city", Test: Test{Is: "تهران"}}, {Tag: "VIP"},
		{Event: "Order Completed", Times: 2, Test: Test{Within: 30 * 24 * 3600e9}, Properties: Properties{"total": {AtLeast: 1}}},
	}}, f, now
}

// BenchmarkMatch is one lead in memory, beside the same question written by hand.
func BenchmarkMatch(b *testing.B) {
	c, f, now := typical()
	b.Run("compiled", func(b *testing.B) {
		m := Compile(c)
		b.ReportAllocs()
		for b.Loop() {
			if !m.Match(f, now) {
				b.Fatal("does not hold")
			}
		}
	})
	b.Run("uncompiled", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if !c.Match(*f, now) {
				b.Fatal("does not hold")
			}
		}
	})
	b.Run("by hand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			since, n := now.AddDate(0, 0, -30), 0
			for i := range f.Events {
				if e := &f.Events[i]; e.Name == "Order Completed" && !e.At.Before(since) && !e.At.After(now) && e.Folds["#total"].(float64) >= 1 {
					n++
				}
			}
			if f.Fields["city"] != "تهران" || !f.Sets[SetTag]["vip"] || n < 2 {
				b.Fatal("does not hold")
			}
		}
	})
}

// BenchmarkFold is what each event and each change of a lead costs once.
func BenchmarkFold(b *testing.B) {
	properties := map[string]any{"sku": "KILO-7", "total": 1250000.0, "city": "كرج", "at": "2026-11-21T09:00:00Z", "items": []any{"a", "b"}}
	b.ReportAllocs()
	for b.Loop() {
		Fold(properties)
	}
}
