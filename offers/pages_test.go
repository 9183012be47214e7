package offers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

func wants(t *testing.T, what string, status, wantStatus int, text string, words ...string) {
	t.Helper()
	if status != wantStatus || strings.Contains(text, "⟦") {
		t.Errorf("%s: %d, want %d\n%s", what, status, wantStatus, text)
	}
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%s: %q is missing\n%s", what, word, text)
		}
	}
}

func TestALeadSeesTheirCodeInTheirLanguage(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ask := h.site()
		h.offer(Offer{
			Head: head("first"), ValidFor: week, PerLead: 2, Prefix: "KAFE",
			Text: i18n.Text{i18n.Persian: "نخستین قهوه مهمان ما", i18n.English: "The first coffee is on us"},
		})
		mina := h.lead("mina@example.com", "fa")
		g := h.given(mina, "1", "first")
		status, text := ask("GET", strings.ToLower(g.Path), "", "Accept-Language", "en")
		wants(t, "granted", status, 200, text, `lang="fa"`, "نخستین قهوه", g.Code, "۷ آذر ۱۴۰۵", "۷ روز دیگر")
		if strings.Contains(text, "mina") {
			t.Errorf("the page says whose code it is\n%s", text)
		}
		status, text = ask("GET", g.Path+"?lang=en", "")
		wants(t, "in English", status, 200, text, `lang="en"`, "The first coffee", "28 November 2026")
		used := h.given(mina, "2", "first")
		if _, err := h.Redeem(t.Context(), Redemption{Code: used.Code}); err != nil {
			t.Fatal(err)
		}
		status, text = ask("GET", used.Path, "")
		wants(t, "redeemed", status, 200, text, "استفاده شده")
		h.clock.Advance(week.Duration())
		status, text = ask("GET", g.Path, "")
		wants(t, "expired", status, http.StatusGone, text, "معتبر بود")
		for _, unknown := range []string{"/o/KAFE-2222-2222", "/o/---", "/o/%00"} {
			if status, _ = ask("GET", unknown, ""); status != http.StatusNotFound {
				t.Errorf("%s: %d", unknown, status)
			}
		}
	})
}

func TestTheTillOnThePageSaysWhatIsWrong(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ask := h.site()
		status, text := ask("GET", "/offers", "")
		wants(t, "empty", status, 200, text, "No offers yet", "Redeem a code")
		h.offer(Offer{Head: head("first"), Prefix: "KAFE", Stock: 5, ValidFor: week, Condition: speaks("fa")})
		g := h.given(h.lead("mina@example.com", "fa"), "1", "first")
		post := func(code, value string) (int, string) {
			return ask("POST", "/offers/redeem", url.Values{"code": {code}, "value": {value}}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		}
		status, text = post("KAFE-2222-2222", "12")
		wants(t, "unknown", status, 404, text, "no such code", `value="KAFE-2222-2222"`, `value="12"`)
		status, text = post("", "")
		wants(t, "no code", status, 422, text, "code-error")
		status, text = post(g.Code, "a lot")
		wants(t, "bad value", status, 422, text, "order value as a number", g.Code)
		status, text = post(strings.ToLower(strings.ReplaceAll(g.Code, "-", "")), "۱٬۲۵۰٬۰۰۰")
		wants(t, "redeemed", status, 303, text)
		status, text = post(g.Code, "")
		wants(t, "again", status, 409, text, "redeemed already")
		status, text = ask("GET", "/offers", "", "Accept-Language", "fa")
		wants(t, "list", status, 200, text, "۱۰۰٫۰٪", "۱٬۲۵۰٬۰۰۰", "۱ کد از ۵", "زبان فارسی است", "۷ روز")
	})
}

func TestThePageOfAnOfferSaysWhyAndWhyNot(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ask := h.site()
		h.offer(Offer{Head: head("first"), Condition: &conditions.Condition{All: []conditions.Condition{
			{Points: new(int64(0))}, {Event: "Order Completed", Times: 2, Test: conditions.Test{Within: week}, Properties: conditions.Properties{"shop": {Is: "online"}}},
		}}})
		mina := h.lead("mina@example.com", "")
		status, text := ask("GET", "/offers/first", "", "Accept-Language", "fa")
		wants(t, "empty", status, 200, text, "هنوز تصمیمی گرفته نشده")
		if _, ok := h.choose(mina, "journey:3", "first"); ok {
			t.Fatal("was given")
		}
		status, text = ask("GET", "/offers/first", "")
		wants(t, "why not", status, 200, unmarked(text), "does not hold: Placed an order (shop: online) at least 2 times within the last 7 days", "journey:3", "mina@example.com")
		if status, _ := ask("GET", "/offers/none", ""); status != http.StatusNotFound {
			t.Errorf("unknown offer: %d", status)
		}
	})
}

func TestEveryKindOfConditionHasWordsInBothLanguages(t *testing.T) {
	h := newHouse(t, lite(t))
	ask := h.site()
	h.offer(Offer{Head: head("all"), Condition: &conditions.Condition{Any: []conditions.Condition{
		{Not: &conditions.Condition{Field: "email", Test: conditions.Test{Known: new(true)}}},
		{Field: "phone", Test: conditions.Test{Known: new(false)}},
		{All: []conditions.Condition{
			{Field: "city", Test: conditions.Test{Contains: "tehr"}}, {Field: "city", Test: conditions.Test{OneOf: []any{"a", "b"}}},
		}},
		{Event: "Visit"}, {Points: new(int64(1))}, {All: []conditions.Condition{}},
	}}})
	for lang, want := range map[string]string{
		"en": "email is not known or phone is not known or (city contains tehr and city is one of a, b) or Visit or has at least 1 point or everybody",
		"fa": "دست‌کم ۱ امتیاز",
	} {
		status, text := ask("GET", "/offers", "", "Accept-Language", lang)
		wants(t, lang, status, 200, unmarked(text), want)
	}
}

// unmarked is text without the marks that keep directions apart.
func unmarked(text string) string {
	return strings.NewReplacer("\u2068", "", "\u2069", "").Replace(text)
}

func TestTillsRedeemOverTheAPI(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ask := h.site()
		json := []string{"Content-Type", "application/json"}
		h.offer(Offer{Head: head("first"), ValidFor: week})
		mina := h.lead("mina@example.com", "")
		gift := fmt.Sprintf(`{"lead_id":%d,"cause":"sorry"}`, mina)
		status, text := ask("POST", "/api/v1/offers/first/grants", gift, json...)
		wants(t, "grant", status, 200, text, `"code":"`, `"path":"/o/`)
		_, again := ask("POST", "/api/v1/offers/first/grants", gift, json...)
		if again != text {
			t.Errorf("the same gift again: %s, first: %s", again, text)
		}
		g := h.given(mina, "api:sorry", "first")
		for _, step := range []struct {
			body   string
			status int
			want   string
		}{
			{`{"code":""}`, 422, `"code"`},
			{`{"code":"KAFE-2222-2222"}`, 404, `not found`},
			{fmt.Sprintf(`{"code":%q,"value":-5}`, g.Code), 422, `"value"`},
			{fmt.Sprintf(`{"code":%q,"value":99.5,"order_id":"A-7"}`, g.Code), 200, `"offer":"first"`},
			{fmt.Sprintf(`{"code":%q,"value":99.5,"order_id":"A-7"}`, g.Code), 200, `"value":99.5`},
			{fmt.Sprintf(`{"code":%q,"order_id":"A-8"}`, g.Code), 409, `redeemed already`},
		} {
			status, text := ask("POST", "/api/v1/offers/redeem", step.body, json...)
			wants(t, step.body, status, step.status, text, step.want)
		}
		status, text = ask("GET", "/api/v1/offers", "")
		wants(t, "list", status, 200, text, `"key":"first"`, `"redeemed":1`, `"rate":1`, `"active":true`)
		status, text = ask("GET", "/api/v1/offers/first", "")
		wants(t, "detail", status, 200, text, `"redeemed_by":"team@example.com"`, `"outcome":"granted"`, `"valid_for":"1w"`)
	})
}
