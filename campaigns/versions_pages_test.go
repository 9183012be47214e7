package campaigns

import (
	"html"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

func (h *house) shows(path, lang string, wanted ...string) {
	h.t.Helper()
	w := ask(h.t, h.site(), "GET", path, lang)
	page := html.UnescapeString(w.Body.String())
	if w.Code != 200 {
		h.t.Errorf("%s in %s: %d", path, lang, w.Code)
	}
	for _, text := range wanted {
		if !strings.Contains(page, text) {
			h.t.Errorf("%s in %s does not show %q", path, lang, text)
		}
	}
}

func TestThePageOfAnEmailPreviewsEachOfItsVersions(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.apply(subjectTest, splitMail, splitJourney, guideMail)
		h.shows("/emails/split-mail?in=en", "en", "Plain", "With a number", "A number in the subject", "/experiments/subject", "<strong><bdi>Hello</bdi></strong>")
		h.shows("/emails/split-mail?in=en&version=number", "en", "<strong><bdi>5 hints</bdi></strong>", "preview?in=en&version=number")
		h.shows("/emails/split-mail/preview?in=en&version=number", "en", "Five")
		h.shows("/emails/split-mail?in=fa&version=number", "fa", "۵ نکته", "نسخه‌ها", "با عدد")
		h.shows("/journeys", "en", "Hello")
		if page := ask(t, h.site(), "GET", "/emails/coffee-guide", "en").Body.String(); strings.Contains(page, "Versions") {
			t.Error("an e-mail of one version speaks of several")
		}
	})
}

func TestThePageOfAJourneyShowsHowManyWentEachWay(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.apply(paceTest, paceJourney)
		h.readers(20)
		h.settle()
		arms := h.arms("pace")
		en := i18n.Locale{Lang: i18n.English}
		h.shows("/journeys/walk", "en", "Points at once", "/experiments/pace", "At once · "+en.Num(arms["atonce"][0]), "Later · "+en.Num(arms["later"][0]), "Took the way “Later” of the experiment “Points at once”")
		h.shows("/journeys/walk", "fa", "همان دم", "بعدتر", "آزمایش: راه هر کس به قرعه است")
	})
}
