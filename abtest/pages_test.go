package abtest

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/templates"
)

// somebody lets in whoever has a cookie at all.
type somebody struct{}

func (somebody) Who(r *http.Request) (web.Principal, error) {
	if _, err := r.Cookie("session"); err != nil {
		return web.Principal{}, errs.Unauthorized
	}
	return web.Principal{Kind: "account", ID: 1, Name: "sara@example.com"}, nil
}

func (h *house) serve() string {
	h.t.Helper()
	set, err := templates.New()
	h.must(err)
	kit := &web.Kit{Templates: set, Clock: h.time, Zone: time.UTC, Language: i18n.English}
	mux := web.NewMux(kit, somebody{}, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	mux.Mount(h.Routes(kit, anyKey{})...)
	mux.Mount(web.Route{Pattern: "GET /static/{name}", Access: web.Visitors, Handle: kit.Static})
	server := httptest.NewServer(mux)
	h.t.Cleanup(server.Close)
	return server.URL
}

func (h *house) get(url string) (status int, body string) {
	h.t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	h.must(err)
	return h.do(r)
}

// do asks as somebody of the team.
func (h *house) do(r *http.Request) (status int, body string) {
	h.t.Helper()
	r.AddCookie(&http.Cookie{Name: "session", Value: "1"})
	answer, err := http.DefaultClient.Do(r)
	h.must(err)
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	h.must(err)
	return answer.StatusCode, string(raw)
}

// live lets an experiment run for some days with about so many visitors a day in
// each variant, looked at every six hours.
func (h *house) live(e *Experiment, days, visitors int, rates ...float64) {
	h.t.Helper()
	dice := rand.New(rand.NewPCG(7, 7))
	for range days {
		for range 4 {
			for i, v := range e.Definition.Variants {
				n := int(float64(visitors)/4*(0.85+0.3*dice.Float64()) + 0.5)
				converted := 0
				for range n {
					if dice.Float64() < rates[i] {
						converted++
					}
				}
				h.visit(e, v.Key, n, converted)
			}
			h.time.Advance(6 * time.Hour)
			h.evaluate()
		}
	}
}

// gallery has an experiment in every state that a page can show.
func gallery(h *house) []string {
	define := func(key, name string) *Definition {
		d := promise()
		d.Key, d.Name = key, name
		return d
	}
	draft := define("draft", "A picture of the roastery")
	draft.State = Draft
	h.start(draft)
	h.start(define("fresh", "A shorter form"))
	e := h.start(define("winner", "A promise in four minutes"))
	h.live(e, 7, 160, 0.12, 0.2)
	h.visit(e, "a", 40, 9)
	h.visit(e, "b", 40, 5)
	h.live(h.start(define("none", "Free delivery in the headline")), 8, 160, 0.125, 0.13)
	broken := h.start(define("broken", "Another colour"))
	h.visit(broken, "a", 500, 50)
	h.visit(broken, "b", 380, 50)
	h.evaluate()
	stopped := define("stopped", "A longer text")
	h.live(h.start(stopped), 2, 60, 0.1, 0.1)
	stopped.State = Stopped
	h.must(h.apply(stopped))
	many := define("many", "Four headlines")
	many.Variants = append(many.Variants, Variant{Key: "c", Name: texts("The thread on every bag", "سرِ نخ هر بسته")}, Variant{Key: "d", Name: texts("From our roastery", "از کارگاه ما")})
	h.live(h.start(many), 4, 80, 0.1, 0.12, 0.11, 0.15)
	h.live(h.start(define("running", "Sara's words")), 9, 55, 0.12, 0.145)
	return []string{"draft", "fresh", "winner", "none", "broken", "stopped", "many", "running"}
}

func TestAnEmptyListSaysWhatToDo(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	if status, body := h.get(h.serve() + "/experiments?lang=en"); status != 200 || !strings.Contains(body, "No experiments yet") {
		t.Errorf("%d %s", status, body)
	}
}

func TestWhatPeopleAndScriptsRead(t *testing.T) {
	h := open(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()})
	base, keys := h.serve(), gallery(h)
	t.Run("every page speaks both languages", func(t *testing.T) {
		paths := []string{""}
		for _, key := range keys {
			paths = append(paths, "/"+key)
		}
		for _, path := range paths {
			for _, lang := range []string{"en", "fa"} {
				status, body := h.get(base + "/experiments" + path + "?lang=" + lang)
				if status != 200 {
					t.Fatalf("%s in %s: %d", path, lang, status)
				}
				for _, sign := range []string{"⟦", "NaN", "Inf", "%!", "<nil>", "no value"} {
					if strings.Contains(body, sign) {
						t.Errorf("%s in %s shows %q", path, lang, sign)
					}
				}
			}
		}
		if status, _ := h.get(base + "/experiments/nowhere"); status != 404 {
			t.Errorf("an unknown experiment: %d", status)
		}
	})
	t.Run("visitors read no report", func(t *testing.T) {
		for _, route := range h.Routes(&web.Kit{}, anyKey{}) {
			asks := strings.Contains(route.Pattern, "/assign") || strings.Contains(route.Pattern, "/features/")
			asks = asks || strings.Contains(route.Pattern, "/shared/") // who has a signed link to it
			if !asks && route.Access != web.Staff {
				t.Errorf("%s is for %s", route.Pattern, route.Access)
			}
		}
	})
	t.Run("a verdict says how to act on it, when it came and by how many", func(t *testing.T) {
		for lang, want := range map[string][]string{
			"en": {"One button does it", "/experiments/winner/roll-out", "Decided on 9 Nov 2026, by "},
			"fa": {"یک دکمه کافی است", "/experiments/winner/roll-out", "نتیجه در ۱۸ آبان ۱۴۰۵ و با "},
		} {
			_, body := h.get(base + "/experiments/winner?lang=" + lang)
			for _, words := range want {
				if !strings.Contains(body, words) {
					t.Errorf("%s lacks %q", lang, words)
				}
			}
		}
		if _, body := h.get(base + "/experiments/running?lang=en"); strings.Contains(body, "Decided on") {
			t.Error("a running experiment says when it was decided")
		}
	})
	t.Run("the verdict is one sentence", func(t *testing.T) { h.sentences(t) })
	t.Run("scripts read the same", func(t *testing.T) {
		_, body := h.get(base + "/api/v1/experiments")
		var list web.List[Summary]
		h.must(json.Unmarshal([]byte(body), &list))
		if len(list.Data) != len(keys) || list.Data[0].Arms[0].Visitors == 0 {
			t.Errorf("%s", body)
		}
		for _, key := range keys {
			status, body := h.get(base + "/api/v1/experiments/" + key)
			var r Report
			h.must(json.Unmarshal([]byte(body), &r))
			if status != 200 || r.Key != key || len(r.Arms) < 2 || len(r.Latest) != len(r.Arms) {
				t.Errorf("%d %s", status, body)
			}
		}
	})
}

func (h *house) sentences(t *testing.T) {
	set, err := templates.New()
	h.must(err)
	for key, want := range map[string]map[i18n.Lang]string{
		"winner":  {i18n.English: "“Four minutes” wins: ", i18n.Persian: "«چهار دقیقه» بهتر است: "},
		"none":    {i18n.English: "No difference was found: ", i18n.Persian: "تفاوتی پیدا نشد: "},
		"broken":  {i18n.English: "The split is off", i18n.Persian: "تقسیم بازدیدکننده‌ها درست نیست"},
		"fresh":   {i18n.English: "Too early to say: 0 conversions", i18n.Persian: "هنوز زود است: تا اینجا ۰ تبدیل"},
		"draft":   {i18n.English: "This experiment has not started.", i18n.Persian: "این آزمایش آغاز نشده است."},
		"stopped": {i18n.English: "Stopped before a verdict", i18n.Persian: "پیش از رسیدن به نتیجه متوقف شد"},
		"running": {i18n.English: "No difference has shown yet", i18n.Persian: "هنوز تفاوتی آشکار نشده است"},
	} {
		r := h.report(key)
		for lang, begin := range want {
			l := set.Catalog().Locale(lang, time.UTC)
			if got := r.Sentence(l); !strings.HasPrefix(got, begin) || strings.Contains(got, "⟦") {
				t.Errorf("%s: %q, want %q", key, got, begin)
			}
			if got := r.Advice(l); got == "" || strings.Contains(got, "⟦") || strings.Contains(got, "–") {
				t.Errorf("%s: advice %q", key, got)
			}
		}
	}
}

// anyKey takes every key.
type anyKey struct{}

func (anyKey) Client(context.Context, string, string) error { return nil }
