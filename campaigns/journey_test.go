package campaigns

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

const guideMail = `
kind: email
key: coffee-guide
name: {fa: راهنما, en: Guide}
subject: {fa: "{{ lead.first_name }}، راهنمای شما", en: "{{ lead.first_name }}, your guide"}
blocks:
  - text: {fa: سلام, en: Hello}
  - button: {label: {fa: بخوانید, en: Read}, url: "{{ site }}/guide"}
`

const offerMail = `
kind: email
key: offer-mail
name: {fa: هدیه, en: Gift}
subject: {fa: "کد شما {{ offer.code }}", en: "Your code {{ offer.code }}"}
blocks:
  - offer: true
  - points: true
`

const firstOrder = `
kind: offer
key: first-order
title: {fa: ۲۰٪ تخفیف, en: 20% off}
prefix: GIFT
condition: {points: 5}
valid_for: 30d
`

const reminderMail = `
kind: email
key: reminder
name: {fa: یادآوری, en: Reminder}
subject: {fa: یادتان هست؟, en: Remember?}
blocks: [{text: {fa: سلام, en: Hello}}]
`

const nurture = `
kind: journey
key: nurture
name: {fa: آشنایی, en: Getting to know}
trigger: {event: Form Submitted, where: {form: guide}}
steps:
  - {id: welcome, send: coffee-guide}
  - {id: rest, wait: 2d}
  - id: clicked
    branch:
      if: {event: Email Link Clicked, where: {email: coffee-guide}}
      then: [{award: 50, reason: {fa: هدیه, en: A gift}}, {offer: first-order}, {send: offer-mail}]
      else: [{id: remind, send: reminder}]
  - {id: leave, exit: true}
`

func (h *house) nurture() { h.apply(guideMail, offerMail, reminderMail, firstOrder, nurture) }

func TestJourneyFromTriggerToExit(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.nurture()
		mina, john := h.lead("mina@example.com", "مینا", ""), h.lead("john@example.com", "John", "en")
		h.record(submitted(mina, "guide"), submitted(john, "guide"), submitted(john, "other"))
		h.settle()
		h.record(&leads.Event{LeadID: mina, Name: leads.EventEmailClicked, Properties: map[string]any{"email": "coffee-guide"}})
		h.pass(47 * time.Hour)
		if got := len(h.subjects()); got != 2 {
			t.Errorf("before the wait is over %d mails went out, want 2", got)
		}
		h.pass(time.Hour)

		if diff := cmp.Diff([]string{"send welcome", "wait rest", "branch clicked true", "award clicked.then1", "offer clicked.then2", "send clicked.then3", "exit leave"}, h.way(mina)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"send welcome", "wait rest", "branch clicked false", "send remind", "exit leave"}, h.way(john)); diff != "" {
			t.Error(diff)
		}
		got := strings.Join(h.subjects(), "\n")
		for _, want := range []string{"mina@example.com: مینا، راهنمای شما", "mina@example.com: کد شما GIFT-", "john@example.com: John, your guide", "john@example.com: Remember?"} {
			if !strings.Contains(got, want) {
				t.Errorf("no mail %q among\n%s", want, got)
			}
		}
		if h.points(mina) != 50 || h.points(john) != 0 {
			t.Errorf("points are %d and %d, want 50 and 0", h.points(mina), h.points(john))
		}
		e := h.enrollments(mina)[0]
		if e.State != EnrollmentExited || e.Step != "leave" || !e.EndedAt.Equal(h.clock.Now()) {
			t.Errorf("the enrollment ends as %+v", e)
		}
		events, _, err := h.leads.Timeline(context.Background(), mina, 0, 50)
		must(t, err)
		seen := map[string]int{}
		for _, e := range events {
			seen[e.Name]++
		}
		if seen[leads.EventJourneyEntered] != 1 || seen[leads.EventJourneyCompleted] != 1 || seen[leads.EventEmailSent] != 2 {
			t.Errorf("the timeline tells %v", seen)
		}
	})
}

func TestOfferMailShowsCodeExpiryAndPoints(t *testing.T) {
	h := newHouse(t, testkit.Database{Dir: t.TempDir()})
	h.nurture()
	mina := h.lead("mina@example.com", "مینا", "fa")
	h.record(submitted(mina, "guide"), &leads.Event{LeadID: mina, Name: leads.EventEmailClicked, Properties: map[string]any{"email": "coffee-guide"}})
	h.settle()
	h.pass(48 * time.Hour)
	mails := h.sink.Messages()
	last := mails[len(mails)-1].Parse(t)
	code := h.enrollments(mina)[0].Context.Offer.Code
	for _, want := range []string{code, "تا ۲ دی ۱۴۰۵", "۲۰٪ تخفیف", "امتیاز شما: ۵۰"} {
		if !strings.Contains(last.Text, want) {
			t.Errorf("the mail does not say %q:\n%s", want, last.Text)
		}
	}
}

func TestReplayedEventsAndJobsChangeNothing(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.nurture()
		mina := h.lead("mina@example.com", "مینا", "")
		event := submitted(mina, "guide")
		h.record(event)
		h.settle()
		for range 2 {
			must(t, h.OnEvents(context.Background(), []*leads.Event{event, event}))
			e := h.enrollments(mina)[0]
			// Jobs for where it stands, for nowhere, and too early.
			h.tx(func(ctx context.Context, tx db.Tx) error {
				return h.queue.Enqueue(ctx, tx,
					workers.Job{Kind: jobAdvance, Ref: e.ID, DueAt: start}, workers.Job{Kind: jobAdvance, Ref: e.ID, DueAt: start},
					workers.Job{Kind: jobAdvance, Ref: 999, DueAt: start})
			})
			h.settle()
		}
		if got := len(h.enrollments(mina)); got != 1 {
			t.Fatalf("%d enrollments, want 1", got)
		}
		h.pass(48 * time.Hour)
		e := h.enrollments(mina)[0]
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return h.queue.Enqueue(ctx, tx, workers.Job{Kind: jobAdvance, Ref: e.ID, DueAt: start})
		})
		h.settle()
		if diff := cmp.Diff([]string{"send welcome", "wait rest", "branch clicked false", "send remind", "exit leave"}, h.way(mina)); diff != "" {
			t.Error(diff)
		}
		if got := len(h.subjects()); got != 2 {
			t.Errorf("%d mails went out, want 2", got)
		}
	})
}

func TestPausedJourneySendsNothingAndGoesOnAfterResume(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.nurture()
		ctx := context.Background()
		before, during := h.lead("before@example.com", "A", ""), h.lead("during@example.com", "B", "")
		h.record(submitted(before, "guide"))
		h.settle()
		must(t, h.Pause(ctx, "nurture"))
		must(t, h.Pause(ctx, "nurture"))
		h.record(submitted(during, "guide"))
		h.pass(72 * time.Hour)
		if got := h.subjects(); len(got) != 1 {
			t.Errorf("while paused, mails went out: %q", got)
		}
		must(t, h.Resume(ctx, "nurture"))
		must(t, h.Resume(ctx, "nurture"))
		h.settle()
		if got := h.enrollments(before)[0].State; got != EnrollmentExited {
			t.Errorf("whose wait was over is %s after resuming", got)
		}
		if diff := cmp.Diff([]string{"send welcome", "wait rest"}, h.way(during)); diff != "" {
			t.Errorf("who came meanwhile: %s", diff)
		}
		if got := len(h.subjects()); got != 3 {
			t.Errorf("%d mails went out in all, want 3", got)
		}
		if err := h.Pause(ctx, "nobody"); !errors.Is(err, errs.NotFound) {
			t.Errorf("pausing a journey that is not there: %v", err)
		}
	})
}

func TestPeopleInFlightStayOnTheirVersion(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.nurture()
		old, fresh := h.lead("old@example.com", "A", ""), h.lead("new@example.com", "B", "")
		h.record(submitted(old, "guide"))
		h.settle()
		h.apply(nurture) // says the same
		h.apply(`
kind: journey
key: nurture
name: {fa: آشنایی, en: Getting to know}
trigger: {event: Form Submitted, where: {form: guide}}
steps: [{id: welcome, send: reminder}]
`)
		h.record(submitted(fresh, "guide"))
		h.pass(48 * time.Hour)
		if diff := cmp.Diff([]string{"send welcome", "wait rest", "branch clicked false", "send remind", "exit leave"}, h.way(old)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"send welcome", "complete "}, h.way(fresh)); diff != "" {
			t.Error(diff)
		}
		j, err := h.FindJourney(context.Background(), "nurture")
		must(t, err)
		versions, err := h.Versions(context.Background(), j)
		must(t, err)
		if len(versions) != 2 {
			t.Errorf("%d versions, want 2: applying the same again makes none", len(versions))
		}
	})
}

func TestEntryOnceAndEvery(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.apply(reminderMail, `
kind: journey
key: once
name: x
trigger: {event: Order Completed}
steps: [{award: 1}]
`, `
kind: journey
key: every
name: x
trigger: {event: Order Completed}
entry: every
at_most: 3
steps: [{award: 10}]
`, `
kind: journey
key: rich
name: x
trigger: {event: Order Completed, condition: {points: 11}}
steps: [{award: 100}]
`)
		mina := h.lead("mina@example.com", "مینا", "")
		order := func() *leads.Event { return &leads.Event{LeadID: mina, Name: leads.EventOrderCompleted} }
		h.record(order(), order())
		h.settle()
		if got := h.points(mina); got != 21 {
			t.Errorf("after two orders at once %d points, want 1 and twice 10", got)
		}
		for range 3 {
			h.record(order())
			h.settle()
		}
		if got := h.points(mina); got != 131 {
			t.Errorf("after five orders %d points, want 1, three times 10 and 100", got)
		}
		if err := h.OnEvents(context.Background(), []*leads.Event{{ID: 1, Name: leads.EventOrderCompleted}}); err != nil {
			t.Errorf("a visitor without a lead: %v", err)
		}
	})
}

func TestOneBadEnrollmentStopsNobodyElse(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.apply(offerMail, firstOrder, `
kind: journey
key: gift
name: x
trigger: {event: Form Submitted}
steps: [{award: 5}, {offer: first-order}, {send: offer-mail}]
`)
		bad := h.lead("bad@example.com", "Bad", "")
		broken := true
		h.shelf.fail = func(lead int64) error {
			if lead == bad && broken {
				return errors.New("the offer is broken")
			}
			return nil
		}
		good := []int64{h.lead("one@example.com", "One", ""), h.lead("two@example.com", "Two", "")}
		h.record(submitted(good[0], "x"), submitted(bad, "x"), submitted(good[1], "x"))
		h.sink.WaitFor(2, 20*time.Second)
		for _, lead := range good {
			if got := h.points(lead); got != 5 {
				t.Errorf("a good one has %d points, want 5", got)
			}
		}
		if got := h.points(bad); got != 0 {
			t.Errorf("the bad one has %d points though its step failed", got)
		}
	})
}

func TestOfferMailIsHeldBackWithoutAnOfferAndSaysWhy(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.apply(offerMail, firstOrder, `
kind: journey
key: gift
name: x
trigger: {event: Form Submitted}
steps: [{offer: first-order}, {send: offer-mail}, {send: gone}]
`)
		mina := h.lead("mina@example.com", "مینا", "")
		h.record(submitted(mina, "x"))
		h.settle()
		if diff := cmp.Diff([]string{"offer step1 skipped not_eligible", "send step2 skipped no_offer", "send step3 skipped no_email", "complete "}, h.way(mina)); diff != "" {
			t.Error(diff)
		}
		if got := h.subjects(); len(got) != 0 {
			t.Errorf("went out: %q", got)
		}
	})
}

func TestDocumentsComeBackAsTheyWereApplied(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.nurture()
		for i, key := range []string{"coffee-guide", "nurture"} {
			kind := h.Kinds()[i]
			doc, err := kind.Current(context.Background(), h.db.Read(), key)
			must(t, err)
			if doc.Meta().Kind != kind.Name() || doc.Meta().Key != key || doc.Check() != nil {
				t.Errorf("%s comes back as %+v", key, doc)
			}
			h.tx(func(ctx context.Context, tx db.Tx) error { return kind.Apply(ctx, tx, doc) })
			if _, err := kind.Current(context.Background(), h.db.Read(), "nothing"); !errors.Is(err, errs.NotFound) {
				t.Errorf("an unknown %s: %v", kind.Name(), err)
			}
		}
		e, err := h.FindEmail(context.Background(), "coffee-guide")
		must(t, err)
		j, err := h.FindJourney(context.Background(), "nurture")
		must(t, err)
		versions, err := h.Versions(context.Background(), j)
		must(t, err)
		if e.Revision != 1 || len(versions) != 1 {
			t.Errorf("applying what is there already made revision %d and %d versions", e.Revision, len(versions))
		}
	})
}

func TestJourneyDocumentNamesWhatItNeedsAndWhatIsWrong(t *testing.T) {
	d := &JourneyDoc{}
	fields, _ := errs.AsFields(d.Check())
	if fields["name"] == "" || fields["trigger.event"] == "" || fields["steps"] == "" {
		t.Errorf("an empty journey is told %v", fields)
	}
}

func TestDispatchersAtTheSameTimeEnrollOnceEach(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.apply(`
kind: journey
key: once
name: x
trigger: {event: Order Completed}
steps: [{award: 1}]
`, `
kind: journey
key: every
name: x
trigger: {event: Order Completed}
entry: every
steps: [{award: 10}]
`)
		mina := h.lead("mina@example.com", "مینا", "")
		var events []*leads.Event
		for range 6 {
			events = append(events, &leads.Event{LeadID: mina, Name: leads.EventOrderCompleted})
		}
		h.record(events...)
		var group sync.WaitGroup
		for i := range 12 {
			group.Go(func() {
				if err := h.OnEvents(context.Background(), events[i%6:]); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		h.settle()
		if got := h.points(mina); got != 61 {
			t.Errorf("%d points, want 1 and six times 10", got)
		}
	})
}
