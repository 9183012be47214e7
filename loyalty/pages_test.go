package loyalty

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/period"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/templates"
)

// everybody is a guard that knows whoever asks.
type everybody struct{}

func (everybody) Who(*http.Request) (web.Principal, error) {
	return web.Principal{Kind: "account", ID: 1, Name: "team@example.com"}, nil
}

// site serves the feature's routes and returns what asks it.
func (h house) site() func(method, path, body string, headers ...string) (int, string) {
	h.t.Helper()
	set, err := templates.New()
	if err != nil {
		h.t.Fatal(err)
	}
	kit := &web.Kit{Templates: set, Clock: h.clock, PublicURL: "http://127.0.0.1", Language: i18n.English}
	mux := web.NewMux(kit, everybody{}, slog.New(slog.NewTextHandler(h.t.Output(), nil)), prometheus.NewRegistry())
	mux.Mount(h.Routes(kit)...)
	server := httptest.NewServer(mux)
	h.t.Cleanup(server.Close)
	return func(method, path, body string, headers ...string) (int, string) {
		h.t.Helper()
		req, err := http.NewRequestWithContext(h.t.Context(), method, server.URL+path, strings.NewReader(body))
		if err != nil {
			h.t.Fatal(err)
		}
		for i := 0; i+1 < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			h.t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			h.t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
}

func TestTheProgrammeIsOnePage(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ask := h.site()
		for lang, want := range map[string]string{"en": "Nothing earns points yet", "fa": "هنوز هیچ کاری امتیاز ندارد"} {
			if status, text := ask("GET", "/loyalty", "", "Accept-Language", lang); status != http.StatusOK || !strings.Contains(text, want) || strings.Contains(text, "⟦") {
				t.Errorf("empty, %s: %d\n%s", lang, status, text)
			}
		}
		day, err := period.Parse("1d")
		if err != nil {
			t.Fatal(err)
		}
		h.rule(EarningRule{Head: head("order"), Event: leads.EventOrderCompleted, Points: 1, Per: &Per{"value", 10_000}, Limit: &Limit{Times: 2, Within: day}})
		mina := h.lead("mina@example.com")
		h.happen(order(mina, 12_345_678))
		status, text := ask("GET", "/loyalty", "", "Accept-Language", "fa")
		for _, want := range []string{"۱٬۲۳۴", "قاعده", "مینا", "۱ امتیاز به ازای هر ۱۰٬۰۰۰", "۲ بار در ۱ روز", "<svg"} {
			if status != http.StatusOK || !strings.Contains(text, want) {
				t.Errorf("%d, %q is missing\n%s", status, want, text)
			}
		}
		if strings.Contains(text, "⟦") {
			t.Errorf("a word is missing\n%s", text)
		}
	})
}

func TestTheAPITellsAndBooksPoints(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ask := h.site()
		mina := h.lead("mina@example.com")
		account := fmt.Sprintf("/api/v1/leads/%d/points", mina)
		json := []string{"Content-Type", "application/json"}
		steps := []struct {
			body   string
			status int
			want   string
		}{
			{`{"kind":"award","points":100,"reason":"a gift","key":"1"}`, 200, `"balance":100`},
			{`{"kind":"award","points":100,"reason":"a gift","key":"1"}`, 200, `"balance":100`},
			{`{"kind":"redeem","points":30,"key":"order 7"}`, 200, `"balance":70`},
			{`{"kind":"redeem","points":300,"key":"order 8"}`, 409, `70 points`},
			{`{"kind":"adjust","points":-20,"key":"2"}`, 200, `"balance":50`},
			{`{"kind":"steal","points":1,"key":"3"}`, 422, `kind`},
			{`{"kind":"redeem","points":-5,"key":"4"}`, 422, `above zero`},
			{`{"kind":"award","points":5}`, 422, `key`},
		}
		for _, step := range steps {
			if status, text := ask("POST", account, step.body, json...); status != step.status || !strings.Contains(text, step.want) {
				t.Errorf("%s: %d %s, want %d with %s", step.body, status, text, step.status, step.want)
			}
		}
		if status, text := ask("GET", account, ""); status != 200 || strings.Count(text, `"effect_key"`) != 3 {
			t.Errorf("account: %d %s", status, text)
		}
		if status, _ := ask("GET", "/api/v1/leads/999/points", ""); status != http.StatusNotFound {
			t.Errorf("unknown lead: %d", status)
		}
		if status, _ := ask("POST", "/api/v1/leads/999/points", steps[0].body, json...); status != http.StatusNotFound {
			t.Errorf("booking for an unknown lead: %d", status)
		}
		h.rule(EarningRule{Head: head("order"), Event: leads.EventOrderCompleted, Points: 1})
		want := `"points_awarded":100,"points_redeemed":30,"members":1,"points_open":50,"points_30_days":100`
		if status, text := ask("GET", "/api/v1/loyalty", ""); status != 200 || !strings.Contains(text, want) || !strings.Contains(text, `"key":"order"`) {
			t.Errorf("programme: %d %s", status, text)
		}
	})
}
