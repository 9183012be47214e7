package campaigns

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/templates"
)

// door lets everybody in.
type door struct{}

func (door) Who(*http.Request) (web.Principal, error) {
	return web.Principal{Kind: "account", ID: 1, Name: "staff@example.com"}, nil
}

var pageSet = sync.OnceValues(templates.New)

func (h *house) site() http.Handler {
	h.t.Helper()
	set, err := pageSet()
	must(h.t, err)
	kit := &web.Kit{Templates: set, Clock: h.clock, PublicURL: "https://bamdad.example", Zone: time.UTC, Language: i18n.Persian}
	h.look.Catalog = set.Catalog()
	mux := web.NewMux(kit, door{}, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	mux.Mount(h.Routes(kit)...)
	mux.Mount(h.leads.Routes(kit)...)
	mux.Mount(web.Route{Pattern: "GET /static/{name}", Access: web.Visitors, Handle: kit.Static})
	return mux
}

func ask(t *testing.T, site http.Handler, method, path, lang string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept-Language", lang)
	w := httptest.NewRecorder()
	site.ServeHTTP(w, r)
	return w
}

// busy is a house with a journey in which people stand in all sorts of places.
func busy(t *testing.T, at testkit.Database) *house {
	h := newHouse(t, at)
	h.nurture()
	h.apply(`
kind: journey
key: thanks
name: {fa: سپاس از خرید, en: Thank you}
trigger: {event: Order Completed, condition: {any: [{points: 10}, {not: {field: city, one_of: [Tehran, Shiraz]}}]}}
entry: every
at_most: 5
steps: [{offer: first-order}, {send: offer-mail}, {send: gone}, {wait: 3h}, {branch: {if: {event: Email Opened, times: 2, within: 7d}, then: [{award: 1}]}}]
`)
	names := []string{"مینا", "رضا", "Ali", "Sara", "کاوه", "John", "نگار"}
	var people []int64
	for i, name := range names {
		people = append(people, h.lead(string(rune('a'+i))+"@example.com", name, ""))
	}
	for _, id := range people[:5] {
		h.record(submitted(id, "guide"))
	}
	h.settle()
	for _, id := range people[:2] {
		h.record(&leads.Event{LeadID: id, Name: leads.EventEmailClicked, Properties: map[string]any{"email": "coffee-guide"}})
	}
	h.record(&leads.Event{LeadID: people[5], Name: leads.EventOrderCompleted}, &leads.Event{LeadID: people[0], Name: leads.EventOrderCompleted})
	h.pass(48 * time.Hour)
	for _, id := range people[5:] {
		h.record(submitted(id, "guide"))
	}
	h.settle()
	must(t, h.Pause(context.Background(), "nurture"))
	late := h.lead("late@example.com", "دیرآمده", "")
	h.record(submitted(late, "guide"))
	h.settle()
	return h
}

func TestFiguresAddUp(t *testing.T) {
	testkit.Databases(t, func(t *testing.T, at testkit.Database) {
		h := busy(t, at)
		ctx := context.Background()
		for _, key := range []string{"nurture", "thanks"} {
			j, err := h.FindJourney(ctx, key)
			must(t, err)
			f, err := h.versionFigures(ctx, j.VersionID)
			must(t, err)
			if f.Entered == 0 || f.Entered != f.Inside+f.Completed+f.Exited {
				t.Errorf("%s: %+v do not add up", key, f.Figures)
			}
			inside, left := f.AtStart, 0
			for step, s := range f.Steps {
				if s.Reached != s.Passed+s.Waiting+s.Left || s.Passed < 0 {
					t.Errorf("%s: step %s: %+v does not add up", key, step, s)
				}
				inside += s.Waiting
				left += s.Left
			}
			if inside != f.Inside || left != f.Exited {
				t.Errorf("%s: the steps hold %d and let %d out, the journey %d and %d", key, inside, left, f.Inside, f.Exited)
			}
		}
		f, err := h.versionFigures(ctx, 1)
		must(t, err)
		if f.Entered != 8 || f.AtStart != 1 || f.Steps["welcome"].Reached != 7 || f.Steps["rest"].Waiting != 2 || f.Steps["leave"].Left != 5 {
			t.Errorf("the figures are %+v", f)
		}
	})
}

func TestPagesSpeakBothLanguagesWithoutGaps(t *testing.T) {
	h := newHouse(t, testkit.Database{Dir: t.TempDir()})
	if a := ask(t, h.site(), "GET", "/journeys", "fa"); a.Code != 200 || !strings.Contains(a.Body.String(), "هنوز مسیری ندارید") {
		t.Errorf("without journeys the list says\n%s", a.Body)
	}
	h = busy(t, testkit.Database{Dir: t.TempDir()})
	site := h.site()
	for _, lang := range []string{"fa", "en"} {
		for path, want := range map[string]string{
			"/journeys":                         map[string]string{"fa": "سپاس از خرید", "en": "Thank you"}[lang],
			"/journeys/nurture":                 map[string]string{"fa": "راه «آری» را رفت", "en": "Took the way “yes”"}[lang],
			"/journeys/thanks":                  map[string]string{"fa": "دست‌کم ۱۰ امتیاز دارد", "en": "has at least 10 points"}[lang],
			"/emails/offer-mail":                "GIFT-7K2M",
			"/emails/offer-mail?in=en&on=phone": "Your code GIFT-7K2M",
		} {
			a := ask(t, site, "GET", path, lang)
			if a.Code != 200 || strings.Contains(a.Body.String(), "⟦") || !strings.Contains(a.Body.String(), want) {
				t.Errorf("%s in %s: %d, want %q in\n%s", path, lang, a.Code, want, a.Body)
			}
		}
	}
	for _, path := range []string{"/journeys/nothing", "/emails/nothing", "/api/v1/journeys/nothing"} {
		if a := ask(t, site, "GET", path, "en"); a.Code != 404 {
			t.Errorf("%s: %d", path, a.Code)
		}
	}
}

func TestPageSaysWhatBecameOfEachDecision(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.nurture()
		h.apply(`
kind: email
key: guide
purpose: requested
name: {fa: راهنما, en: The guide}
subject: {fa: راهنمای شما, en: Your guide}
blocks: [{text: {fa: بفرمایید, en: Here it is}}]
`, `
kind: offer
key: scarce
title: {fa: یک فنجان مهمان ما, en: A cup on us}
text: {fa: بفرمایید, en: Come in}
stock: 1
`, `
kind: journey
key: ask
name: {fa: درخواست, en: Asked}
trigger: {event: Form Submitted, where: {form: ask}}
steps: [{send: guide}, {send: coffee-guide}, {offer: scarce}]
`)
		agreed := h.lead("agreed@example.com", "Ali", "en")
		var silent int64
		h.tx(func(ctx context.Context, tx db.Tx) error {
			found, err := h.leads.Upsert(ctx, tx, []*leads.Profile{{Email: "silent@example.com", FirstName: "Sara", Language: "en"}})
			if err == nil {
				silent = found[0].ID
			}
			return err
		})
		h.record(submitted(agreed, "ask"))
		h.settle()
		h.record(submitted(silent, "ask"))
		h.settle()
		guides, footers := 0, 0
		for _, m := range h.sink.Messages() {
			letter := m.Parse(t)
			if letter.GetHeader("Subject") == "Your guide" {
				guides++
				if strings.Contains(letter.Text, "because you asked for it in our form") {
					footers++
				}
			} else if m.To[0] == "silent@example.com" {
				t.Errorf("marketing without consent: %s", letter.GetHeader("Subject"))
			}
		}
		if guides != 2 || footers != 2 {
			t.Errorf("%d of 2 got the guide they asked for, %d with the reason below it", guides, footers)
		}
		site := h.site()
		for lang, want := range map[string][]string{
			"en": {"Decided to send “The guide”", "held back", "The lead has not agreed to marketing e-mail.", "A cup on us", "all its codes were given already"},
			"fa": {"تصمیم گرفته شد «راهنما» فرستاده شود", "نگه‌داشته‌شده", "به دریافت ایمیل تبلیغاتی رضایت نداده", "یک فنجان مهمان ما", "همهٔ کدهایش پیش‌تر داده شده بود"},
		} {
			page := ask(t, site, "GET", "/journeys/ask", lang).Body.String()
			for _, w := range want {
				if !strings.Contains(page, w) {
					t.Errorf("the page in %s does not say %q", lang, w)
				}
			}
			lead := ask(t, site, "GET", fmt.Sprintf("/leads/%d", silent), lang).Body.String()
			if !strings.Contains(lead, want[2]) || strings.Contains(lead, "⟦") {
				t.Errorf("the timeline in %s does not say %q", lang, want[2])
			}
		}
	})
}

func TestPreviewIsAloneInItsFrame(t *testing.T) {
	h := busy(t, testkit.Database{Dir: t.TempDir()})
	a := ask(t, h.site(), "GET", "/emails/coffee-guide/preview?in=en", "fa")
	if a.Code != 200 || !strings.Contains(a.Body.String(), `<html lang="en" dir="ltr"`) {
		t.Errorf("the preview is %d\n%s", a.Code, a.Body)
	}
	if csp := a.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || a.Header().Get("X-Frame-Options") != "SAMEORIGIN" {
		t.Errorf("the preview may load %q", csp)
	}
}

func TestButtonPausesAndResumes(t *testing.T) {
	h := busy(t, testkit.Database{Dir: t.TempDir()})
	site := h.site()
	state := func() string {
		j, err := h.FindJourney(context.Background(), "nurture")
		must(t, err)
		return j.State
	}
	for _, c := range []struct{ do, want string }{{"resume", StateActive}, {"pause", StatePaused}} {
		a := ask(t, site, "POST", "/journeys/nurture/"+c.do, "fa")
		if to, _ := url.Parse(a.Header().Get("Location")); a.Code != 303 || to.Path != "/journeys/nurture" || state() != c.want {
			t.Errorf("%s: %d to %v, the journey is %s", c.do, a.Code, to, state())
		}
	}
}

func TestAPIShowsAndSwitchesJourneys(t *testing.T) {
	h := busy(t, testkit.Database{Dir: t.TempDir()})
	site := h.site()
	var list struct {
		Data []struct {
			Key, State string
			Figures    Figures
		}
	}
	a := ask(t, site, "GET", "/api/v1/journeys", "en")
	must(t, json.Unmarshal(a.Body.Bytes(), &list))
	if len(list.Data) != 2 || list.Data[0].Key != "nurture" || list.Data[0].State != StatePaused || list.Data[0].Figures.Entered != 8 {
		t.Errorf("the list is %s", a.Body)
	}
	var one struct {
		State   string
		Version int
		Current VersionFigures `json:"current_version"`
	}
	a = ask(t, site, "POST", "/api/v1/journeys/nurture/resume", "en")
	must(t, json.Unmarshal(a.Body.Bytes(), &one))
	if one.State != StateActive || one.Version != 1 || one.Current.Steps["welcome"].Reached == 0 {
		t.Errorf("after resuming it is %s", a.Body)
	}
}
