package leads

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

func TestWhatIsHandedOutIsToldInWords(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.SetTitles(func(_ context.Context, kind, key string, lang i18n.Lang) string {
			return map[string]string{"form guide en": "Brewing guide", "form guide fa": "راهنمای دم کردن", "field roast fa": "برشت قهوه"}[kind+" "+key+" "+string(lang)]
		})
		l := h.secretive()
		h.tx(func(ctx context.Context, tx db.Tx) error {
			if err := h.Tag(ctx, tx, []int64{l.ID}, []string{"vip"}, "account:team@example.com"); err != nil {
				return err
			}
			return h.Record(ctx, tx, &Event{LeadID: l.ID, Name: EventFormSubmitted, Source: "form:guide", Properties: map[string]any{"form": "guide", "roast": "dark"}})
		})
		s := h.site()
		path := fmt.Sprintf("/leads/%d/export", l.ID)
		page := s.open(path)
		has(t, page, "What they did", "Filled in a form", "Brewing guide", "What they agreed to", "Withdrew consent", "Marketing", "vip", "merged into this one")
		for _, raw := range []string{"user_agent", "lead_id", "created_at", "message_id", "form:guide", "2026-11-21T"} {
			if strings.Contains(page, raw) {
				t.Errorf("the page still says %s", raw)
			}
		}
		s.lang = "fa"
		page = s.open(path)
		has(t, page, "چه کرده است", "راهنمای دم کردن", "برشت قهوه", "آبان ۱۴۰۵", "بازاریابی")
		if strings.Contains(page, "2026") {
			t.Errorf("a date stands in the Persian page as a program writes it")
		}
	})
}
