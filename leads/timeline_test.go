package leads

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

func TestEveryEventOfOursHasWordsInBothLanguages(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		l := h.upsert(&Profile{Email: "mina@example.com"})[0]
		names := slices.Sorted(maps.Keys(looks))
		h.tx(func(ctx context.Context, tx db.Tx) error {
			for i, name := range names {
				p := map[string]any{"kind": "call", "text": "x", "changed": []any{"stage"}, "from": map[string]any{"stage": "lead"}, "to": map[string]any{}, "channel": "email", "purpose": "marketing"}
				for _, property := range looks[name].properties {
					first, _, _ := strings.Cut(strings.TrimPrefix(property, "="), "|")
					if p[first] == nil {
						p[first] = "some"
					}
				}
				if err := h.Record(ctx, tx, &Event{LeadID: l.ID, Name: name, Properties: p, OccurredAt: start.Add(time.Duration(i) * time.Minute)}); err != nil {
					return err
				}
			}
			return nil
		})
		s := h.site()
		for _, lang := range []string{"en", "fa"} {
			s.lang = lang
			page := s.open(fmt.Sprintf("/leads/%d", l.ID)) // fails at a word that is missing
			if n := strings.Count(page, `<li class="event`); n != len(names) {
				t.Errorf("%s: %d of %d events are shown", lang, n, len(names))
			}
			for _, kind := range timelineKinds {
				part := s.open(fmt.Sprintf("/leads/%d?show=%s", l.ID, kind.name))
				if n := strings.Count(part, `<li class="event`); n != len(kind.events) {
					t.Errorf("%s: %s shows %d of %d", lang, kind.name, n, len(kind.events))
				}
			}
		}
		for _, name := range names {
			if !slices.ContainsFunc(timelineKinds, func(k struct {
				name   string
				events []string
			}) bool {
				return slices.Contains(k.events, name)
			}) && name != EventExperimentDecided {
				t.Errorf("%s is in no part of the timeline", name)
			}
		}
	})
}

func TestThingsAreCalledByTheirTitles(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.SetTitles(func(_ context.Context, kind, key string, lang i18n.Lang) string {
			return map[string]string{
				"form guide en": "Brewing guide", "field roast en": "How dark?", "option roast/dark en": "Very dark", "segment regulars fa": "همیشگی‌ها",
			}[kind+" "+key+" "+string(lang)]
		})
		l := h.upsert(&Profile{Email: "mina@example.com", Attributes: map[string]any{"roast": "dark", "note": "<b>bold</b>", "n": 1234.0, "seen": "2026-11-21", "deep": map[string]any{"a": 1.0}}})[0]
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return h.Record(ctx, tx,
				&Event{LeadID: l.ID, Name: EventFormSubmitted, Properties: map[string]any{"form": "guide"}},
				&Event{LeadID: l.ID, Name: EventSegmentEntered, Properties: map[string]any{"segment": "regulars"}},
				&Event{LeadID: l.ID, Name: "Chair Sat On", Properties: map[string]any{"legs": 4.0, "soft": true}, OccurredAt: start.Add(-48 * time.Hour)})
		})
		s := h.site()
		path := fmt.Sprintf("/leads/%d", l.ID)
		has(t, s.open(path), "Brewing guide", "How dark?", "Very dark", "regulars", "Chair Sat On", "<bdi>legs</bdi> <bdi>4", "<bdi>soft</bdi> <bdi>yes", "heard of on 21 Nov 2026",
			"5 fields not declared", "&lt;b&gt;bold", "1,234", "21 Nov 2026", "/fields/new-field?key=roast")
		s.lang = "fa"
		has(t, s.open(path), "همیشگی‌ها", "۱٬۲۳۴", "۳۰ آبان ۱۴۰۵", "guide")
		has(t, s.open("/fields/new-field?key=n"), `value="number" selected`)
		has(t, s.open("/fields/new-field?key=seen"), `value="date" selected`)
	})
}

func TestAMergedLeadLeadsToWhomItBecame(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		people := h.upsert(&Profile{Email: "a@example.com"}, &Profile{Email: "b@example.com"})
		if _, err := h.Merge(t.Context(), MergeRequest{Kept: people[0].ID, Other: people[1].ID, By: "test"}); err != nil {
			t.Fatal(err)
		}
		s := h.site()
		for _, path := range []string{"", "/edit"} {
			if status, _, location := s.ask("GET", fmt.Sprintf("/leads/%d%s", people[1].ID, path), "", ""); status != 303 || location != leadPath(people[0].ID) {
				t.Errorf("%s: %d %s", path, status, location)
			}
		}
		if status, answer := s.call("PATCH", fmt.Sprintf("/api/v1/leads/%d", people[1].ID), map[string]any{"stage": "lead"}); status != 409 {
			t.Errorf("a merged lead was changed: %d %v", status, answer)
		}
		form := s.form(s.open(leadPath(people[0].ID) + "/edit"))
		form.Set("email", "b@example.com")
		if status, text, _ := s.post(leadPath(people[0].ID)+"/edit", form); status != 422 || !strings.Contains(text, "It leads here already") {
			t.Errorf("the e-mail of one's own other half: %d", status)
		}
	})
}

func TestWhoGetsANumberThatSomebodyHasIsNoted(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		people := h.upsert(&Profile{Email: "a@example.com", Phone: "09121234567"}, &Profile{Email: "b@example.com"})
		h.tx(func(ctx context.Context, tx db.Tx) error {
			_, err := h.Change(ctx, tx, people[1].ID, "test", func(l *Lead) error { l.Phone = "+98 912 123 4567"; return nil })
			return err
		})
		n, err := h.db.Read().NewSelect().Model((*Duplicate)(nil)).Where("lead_id = ? AND other_id = ? AND reason = 'phone'", people[0].ID, people[1].ID).Count(t.Context())
		if err != nil || n != 1 {
			t.Errorf("%d pairs noted, %v", n, err)
		}
	})
}
