package delivery_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/delivery"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/secure"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
)

const beans = "https://shop.example/beans?a=1&b=2"

// sent sends one message and returns it with its lead.
func sent(t *testing.T, r *rig) (*delivery.Message, *leads.Lead) {
	t.Helper()
	l := r.person(t, "mina@example.com", "form:guide")
	m := r.queueFor(t, l)[0]
	r.work(t)
	r.idle(t)
	r.clock.Advance(time.Hour)
	return r.message(t, m.ID), l
}

func TestOpensAndClicksCountOnce(t *testing.T) {
	everyDatabase(t, func(t *testing.T, r *rig) {
		m, l := sent(t, r)
		links := r.links(m)
		for range 3 {
			w := r.visit(t, "GET", links.Open(), "")
			if w.Code != 200 || w.Header().Get("Content-Type") != "image/gif" || !strings.HasPrefix(w.Body.String(), "GIF89a") || w.Header().Get("Cache-Control") != "no-store" {
				t.Fatalf("%d %v", w.Code, w.Header())
			}
			r.clock.Advance(time.Hour)
		}
		now := r.message(t, m.ID)
		if !now.OpenedAt.Equal(start.Add(time.Hour)) || !now.ClickedAt.IsZero() {
			t.Errorf("after opening: %+v", now)
		}
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				w := r.visit(t, "GET", links.Click(beans), "")
				if w.Code != http.StatusFound || w.Header().Get("Location") != beans {
					t.Errorf("%d to %s", w.Code, w.Header().Get("Location"))
				}
			})
		}
		wg.Wait()
		r.visit(t, "GET", links.Click("https://shop.example/mugs"), "")
		if now = r.message(t, m.ID); !now.ClickedAt.Equal(start.Add(4*time.Hour)) || !now.OpenedAt.Equal(start.Add(time.Hour)) {
			t.Errorf("after clicking: %+v", now)
		}
		if opens, clicks := r.happened(t, l.ID, leads.EventEmailOpened), r.happened(t, l.ID, leads.EventEmailClicked); opens != 1 || clicks != 2 {
			t.Errorf("%d opens, %d clicks on the timeline; want 1 and 2", opens, clicks)
		}
		for _, e := range r.events(t, l.ID) {
			p := e.Properties
			if p["email"] != "guide" || p["journey"] != "welcome" || p["step"] != "guide" || p["subject"] != "Hello Mina" {
				t.Errorf("%s: %v", e.Name, p)
			}
			if e.Name == leads.EventEmailClicked && p["url"] != beans && p["url"] != "https://shop.example/mugs" {
				t.Errorf("%s: %v", e.Name, p)
			}
		}
		c, err := r.s.CountsByStep(t.Context(), "welcome")
		if err != nil || c["guide"].Sent != 1 || c["guide"].Opened != 1 || c["guide"].Clicked != 1 {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

func TestClickProvesTheOpen(t *testing.T) {
	r := newRig(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()}, "")
	m, l := sent(t, r)
	r.visit(t, "GET", r.links(m).Click(beans), "")
	if now := r.message(t, m.ID); now.OpenedAt.IsZero() || r.happened(t, l.ID, leads.EventEmailOpened) != 1 {
		t.Errorf("%+v", now)
	}
	r.visit(t, "GET", r.links(m).Open(), "")
	if n := r.happened(t, l.ID, leads.EventEmailOpened); n != 1 {
		t.Errorf("%d opens", n)
	}
}

func TestLookingAheadIsNoOpen(t *testing.T) {
	r := newRig(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()}, "")
	m, _ := sent(t, r)
	r.visit(t, "HEAD", r.links(m).Open(), "")
	r.visit(t, "HEAD", r.links(m).Click(beans), "")
	r.visit(t, "GET", r.links(m).Click(beans), "", "Sec-Purpose", "prefetch;prerender")
	if now := r.message(t, m.ID); !now.OpenedAt.IsZero() || !now.ClickedAt.IsZero() {
		t.Errorf("%+v", now)
	}
}

func TestTamperedLinkLeadsNowhere(t *testing.T) {
	r := newRig(t, testkit.Database{Name: "sqlite", Dir: t.TempDir()}, "")
	m, _ := sent(t, r)
	links := r.links(m)
	other := delivery.NewLinks(secure.NewSigner([]byte("another installation's")), site, m.ID)
	click := links.Click(beans)
	openToken := strings.TrimPrefix(links.Open(), site+"/t/o/")
	for _, bad := range []string{
		strings.Replace(click, "shop.example%2Fbeans", "evil.example%2Fbeans", 1),
		click + "x",
		strings.Split(click, "?")[0],
		strings.Split(click, "?")[0] + "?u=https%3A%2F%2Fevil.example",
		strings.Replace(click, "/t/c/1.", "/t/c/2.", 1),
		other.Click(beans), other.Open(), other.Unsubscribe(),
		site + "/t/c/" + openToken + "?u=",
		site + "/t/u/" + openToken,
		site + "/t/o/", site + "/t/o/x", site + "/t/o/1.", site + "/t/u/.",
	} {
		for _, method := range []string{"GET", "POST"} {
			w := r.visit(t, method, bad, "")
			if w.Code != http.StatusNotFound && w.Code != http.StatusMethodNotAllowed && w.Code != http.StatusForbidden {
				t.Errorf("%s %s: %d", method, bad, w.Code)
			}
			if w.Header().Get("Location") != "" {
				t.Errorf("%s %s leads to %s", method, bad, w.Header().Get("Location"))
			}
		}
	}
	if now := r.message(t, m.ID); !now.OpenedAt.IsZero() || !now.ClickedAt.IsZero() || !now.UnsubscribedAt.IsZero() {
		t.Errorf("%+v", now)
	}
	for _, plain := range []string{"mailto:us@shop.example", "tel:+982100", "#top", "javascript:alert(1)", "/relative", ""} {
		if got := links.Click(plain); got != plain {
			t.Errorf("%q becomes %q", plain, got)
		}
	}
}

func TestUnsubscribingTakesOnePress(t *testing.T) {
	everyDatabase(t, func(t *testing.T, r *rig) {
		m, l := sent(t, r)
		link := r.links(m).Unsubscribe()
		w := r.visit(t, "GET", link, "")
		if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, `lang="fa" dir="rtl"`) || !strings.Contains(body, "بله، اشتراکم را لغو کنید") ||
			!strings.Contains(body, "خانهٔ قهوه") || !strings.Contains(body, "m***@example.com") || strings.Contains(body, "⟦") {
			t.Errorf("%d %s", w.Code, body)
		}
		if r.message(t, m.ID); r.mayContact(t, l) != true {
			t.Fatal("looking at the page unsubscribes")
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if w := r.visit(t, "POST", link, "List-Unsubscribe=One-Click"); w.Code != 200 || !strings.Contains(w.Body.String(), "اشتراکتان لغو شد") {
					t.Errorf("%d %s", w.Code, w.Body)
				}
			})
		}
		wg.Wait()
		if r.mayContact(t, l) || r.message(t, m.ID).UnsubscribedAt.IsZero() || r.happened(t, l.ID, leads.EventUnsubscribed) != 1 {
			t.Errorf("may contact: %v, %+v, %d events", r.mayContact(t, l), r.message(t, m.ID), r.happened(t, l.ID, leads.EventUnsubscribed))
		}
		consents, err := r.leads.Consents(t.Context(), l.ID)
		if err != nil || len(consents) != 2 || consents[0].State != leads.ConsentWithdrawn || consents[0].Words != "List-Unsubscribe=One-Click" || consents[0].Language != "fa" {
			t.Errorf("%v, %+v", err, consents)
		}

		if w := r.visit(t, "GET", link, ""); !strings.Contains(w.Body.String(), "عضو فهرست نیستید") || !strings.Contains(w.Body.String(), "/undo") || strings.Contains(w.Body.String(), "بله، اشتراکم") {
			t.Errorf("the same link again asks again: %s", w.Body)
		}

		next := &delivery.Message{EffectKey: "next", LeadID: l.ID, ContentKey: "second"}
		r.inTx(t, func(ctx context.Context, tx db.Tx) error { return r.s.Queue(ctx, tx, []*delivery.Message{next}) })
		r.idle(t)
		if got := r.message(t, next.ID); got.State != delivery.StateSuppressed || got.Reason != delivery.ReasonUnsubscribed {
			t.Errorf("%+v", got)
		}

		if w := r.visit(t, "POST", link+"/undo", ""); w.Code != 200 || !strings.Contains(w.Body.String(), "خوش برگشتید") {
			t.Errorf("undo: %d %s", w.Code, w.Body)
		}
		r.visit(t, "POST", link+"/undo", "")
		if n := r.happened(t, l.ID, leads.EventResubscribed); n != 1 {
			t.Errorf("%d events of coming back", n)
		}
		third := &delivery.Message{EffectKey: "third", LeadID: l.ID, ContentKey: "third"}
		r.inTx(t, func(ctx context.Context, tx db.Tx) error { return r.s.Queue(ctx, tx, []*delivery.Message{third}) })
		r.idle(t)
		if got := r.message(t, third.ID); got.State != delivery.StateSent {
			t.Errorf("after coming back: %+v", got)
		}
		r.clock.Advance(time.Hour)
		r.visit(t, "POST", link, "")
		if r.mayContact(t, l) || r.happened(t, l.ID, leads.EventUnsubscribed) != 2 {
			t.Error("leaving a second time does not count")
		}
	})
}

func (r *rig) mayContact(t *testing.T, l *leads.Lead) bool {
	t.Helper()
	may, err := r.leads.MayContact(t.Context(), r.db.Read(), "email", []int64{l.ID})
	if err != nil {
		t.Fatal(err)
	}
	return may[l.ID]
}

func TestCountsAddUp(t *testing.T) {
	everyDatabase(t, func(t *testing.T, r *rig) {
		willing, silent := r.person(t, "a@example.com", "form:x"), r.person(t, "b@example.com", "")
		r.queueFor(t, willing, silent)
		r.inTx(t, func(ctx context.Context, tx db.Tx) error {
			return r.s.Queue(ctx, tx, []*delivery.Message{{EffectKey: "later", LeadID: willing.ID, ContentKey: "x", Journey: "other", Step: "s", DueAt: start.Add(time.Hour)}})
		})
		r.work(t)
		r.idle(t)
		all, err := r.s.Counts(t.Context())
		if err != nil || all != (delivery.Counts{All: 3, Sent: 1, Suppressed: 1, Due: 1}) || all.Waiting() != 1 {
			t.Errorf("%+v, %v", all, err)
		}
		by, err := r.s.CountsByJourney(t.Context())
		if err != nil || by["welcome"] != (delivery.Counts{All: 2, Sent: 1, Suppressed: 1}) || by["other"] != (delivery.Counts{All: 1, Due: 1}) {
			t.Errorf("%+v, %v", by, err)
		}
	})
}

func TestTakingAnUnsubscribingBackGivesNoConsentThatWasNeverThere(t *testing.T) {
	everyDatabase(t, func(t *testing.T, r *rig) {
		l := r.person(t, "silent@example.com", "")
		m := &delivery.Message{EffectKey: "guide", LeadID: l.ID, ContentKey: "guide", Purpose: delivery.PurposeRequested}
		r.inTx(t, func(ctx context.Context, tx db.Tx) error { return r.s.Queue(ctx, tx, []*delivery.Message{m}) })
		link := r.links(m).Unsubscribe()
		r.visit(t, "POST", link, "List-Unsubscribe=One-Click")
		if w := r.visit(t, "POST", link+"/undo", ""); w.Code != 200 {
			t.Errorf("undo: %d", w.Code)
		}
		if r.mayContact(t, l) {
			t.Error("who never agreed to marketing agrees to it by undoing")
		}
	})
}
