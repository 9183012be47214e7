package conditions_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

func TestWhyIsAnsweredConditionByCondition(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	facts := conditions.Facts{
		Fields: conditions.Fold(map[string]any{"city": "كرج", "likes": []string{"موکا", "v60"}}),
		Events: []conditions.Event{{Name: "Order Completed", At: now.AddDate(0, 0, -3)}, {Name: "Order Completed", At: now.AddDate(0, 0, -2)}},
	}
	facts.SetNumber(conditions.NumberPoints, 1)
	facts.Join(conditions.SetTag, "vip")
	c := read(t, `
all:
  - {field: city, is: کرج}
  - {field: likes, contains: v}
  - {field: born, known: false}
  - {tag: VIP}
  - {not: {grade: A}}
  - any:
      - {event: Order Completed, times: 3, within: 1w}
      - {event: Webinar}
      - {points: 2}
      - {score: 5}
  - {not: {any: [{tag: x}, {tag: y}]}}`)
	e := c.Explain(facts, now)
	if e.Held != c.Match(facts, now) || e.Held {
		t.Errorf("held is %v", e.Held)
	}
	want := map[i18n.Lang]string{i18n.English: `
no All 7 must hold:
  yes city is کرج — it is کرج
  yes likes contains v — it is موکا, v60
  yes born is not known — nothing is known
  yes is tagged VIP — yes
  yes This may not hold:
    no has the grade A — no
  no At least one must hold:
    no Placed an order at least 3 times within the last 7 days — 2 times, the last on 19 Nov 2026, 09:00
    no Webinar — not once
    no has at least 2 points — has 1 point
    no has a score of at least 5 — has a score of 0
  yes None of these may hold:
    no is tagged x — no
    no is tagged y — no
`, i18n.Persian: `
no هر ۷ شرط باید برقرار باشد:
  yes city «کرج» است — مقدارش: «کرج»
  yes likes شامل «v» است — مقدارش: «موکا»، «v60»
  yes born معلوم نیست — مقداری ندارد
  yes برچسب «VIP» دارد — بله
  yes این نباید برقرار باشد:
    no رتبهٔ «A» دارد — خیر
  no دست‌کم یکی باید برقرار باشد:
    no در ۷ روز گذشته دست‌کم ۳ بار: سفارش داد — ۲ بار، آخرین بار ۲۸ آبان ۱۴۰۵، ۰۹:۰۰
    no Webinar — حتی یک بار هم نه
    no دست‌کم ۲ امتیاز دارد — ۱ امتیاز دارد
    no نمرهٔ دست‌کم ۵ دارد — نمره‌اش ۰ است
  yes هیچ‌کدام نباید برقرار باشد:
    no برچسب «x» دارد — خیر
    no برچسب «y» دارد — خیر
`}
	for lang, want := range want {
		var b strings.Builder
		b.WriteByte('\n')
		tell(&b, e, locale(t, lang), 0)
		if diff := cmp.Diff(want, unmarked(b.String())); diff != "" {
			t.Errorf("%s:\n%s", lang, diff)
		}
	}
}

func tell(b *strings.Builder, e conditions.Explanation, l i18n.Locale, depth int) {
	held := map[bool]string{true: "yes", false: "no"}[e.Held]
	fmt.Fprint(b, strings.Repeat("  ", depth), held, " ", e.Say(l, conditions.Names{}))
	if seen := e.Seen(l); seen != "" {
		fmt.Fprint(b, " — ", seen)
	}
	b.WriteByte('\n')
	for _, part := range e.Parts {
		tell(b, part, l, depth+1)
	}
}

// What is shown for a part is what Match says of it, and of the whole.
func TestAnExplanationAgreesWithTheMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := drawNow(t)
		p := drawPerson(t, now)
		c := drawCondition(t, now, 3)
		var agree func(conditions.Explanation)
		agree = func(e conditions.Explanation) {
			if e.Held != e.Condition.Match(p.facts, now) {
				t.Fatalf("%s is said to be %v", written(e.Condition), e.Held)
			}
			for _, part := range e.Parts {
				agree(part)
			}
		}
		agree(c.Explain(p.facts, now))
	})
}
