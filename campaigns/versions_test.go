package campaigns

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/sarnakh/sarnakh/campaigns/content"
	"github.com/sarnakh/sarnakh/delivery"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

const subjectTest = `
kind: experiment
key: subject
name: A number in the subject
surface: email
variants: [{key: plain, name: {en: Plain, fa: ساده}}, {key: number, name: {en: With a number, fa: با عدد}}]
goals:
  - {key: opened, event: Email Opened, where: {email: split-mail}, role: primary}
  - {key: orders, event: Order Completed, role: secondary}
planned_visitors_per_arm: 1000
planned_conversion_rate: 0.2
state: running
`

const splitMail = `
kind: email
key: split-mail
name: {fa: نامه, en: Letter}
subject: {fa: سلام, en: Hello}
blocks: [{text: {fa: سلام, en: Hello}}]
experiment: subject
variants:
  - {key: plain}
  - {key: number, subject: {fa: ۵ نکته, en: 5 hints}, blocks: [{text: {fa: پنج, en: Five}}]}
`

const splitJourney = `
kind: journey
key: letters
name: x
trigger: {event: Form Submitted, where: {form: guide}}
steps: [{send: split-mail}]
`

// readers are n people who asked for the guide and agreed to hear from us.
func (h *house) readers(n int) []int64 {
	h.t.Helper()
	ids := make([]int64, n)
	events := make([]*leads.Event, n)
	for i := range n {
		ids[i] = h.lead(fmt.Sprintf("r%d@example.com", i), "Reader", "en")
		events[i] = submitted(ids[i], "guide")
	}
	h.record(events...)
	return ids
}

// arms are the visitors and the primary conversions of an experiment's variants.
func (h *house) arms(key string) map[string][2]int64 {
	h.t.Helper()
	r, err := h.experiments.Report(context.Background(), key)
	must(h.t, err)
	out := map[string][2]int64{}
	for _, a := range r.Arms {
		out[a.Key] = [2]int64{a.Visitors, a.Conversions}
	}
	if r.Crossed.Visitors > 0 {
		h.t.Errorf("%d were seen in two variants", r.Crossed.Visitors)
	}
	return out
}

func (h *house) messages() (list []*delivery.Message) {
	h.t.Helper()
	must(h.t, h.db.Read().NewSelect().Model(&list).Order("id").Scan(context.Background()))
	return list
}

// tally is how many mails went out under each subject.
func (h *house) tally() map[string]int64 {
	out := map[string]int64{}
	for _, s := range h.subjects() {
		_, subject, _ := strings.Cut(s, ": ")
		out[subject]++
	}
	return out
}

func TestEachReaderGetsTheVersionOfTheirVariantAndIsCountedOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.apply(subjectTest, splitMail, splitJourney)
		h.readers(40)
		h.settle()
		mails, arms := h.tally(), h.arms("subject")
		if mails["Hello"] != arms["plain"][0] || mails["5 hints"] != arms["number"][0] || mails["Hello"]+mails["5 hints"] != 40 || mails["Hello"] < 8 || mails["5 hints"] < 8 {
			t.Fatalf("sent %v, counted %v", mails, arms)
		}
		var opened []*leads.Event
		for _, m := range h.messages() {
			if want := map[string]string{"plain": "Hello", "number": "5 hints"}[m.Variant]; m.Subject != want || m.Experiment != "subject" {
				t.Errorf("%+v", m)
			}
			if m.Variant == "number" {
				opened = append(opened, &leads.Event{LeadID: m.LeadID, Name: leads.EventEmailOpened, Properties: map[string]any{"email": "split-mail"}, OccurredAt: h.clock.Now().Add(time.Minute)})
			}
		}
		h.clock.Advance(time.Hour)
		h.record(opened...)
		h.settle()
		if arms := h.arms("subject"); arms["number"][1] != arms["number"][0] || arms["plain"][1] != 0 {
			t.Errorf("opened: %v", arms)
		}
	})
}

func TestReadersCountUnderTheWeightsThatDrewTheirVersion(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.apply(subjectTest, splitMail, splitJourney)
		ctx := context.Background()
		var messages []*delivery.Message
		for _, id := range h.readers(80) {
			messages = append(messages, &delivery.Message{LeadID: id, ContentKey: "split-mail"})
		}
		must(t, h.Split(ctx, messages))
		h.clock.Advance(time.Hour)
		// The weights change before the batch is claimed.
		h.apply(strings.NewReplacer("{key: plain,", "{key: plain, weight: 1,", "{key: number,", "{key: number, weight: 9,").Replace(subjectTest))
		h.tx(func(ctx context.Context, tx db.Tx) error { return h.Shown(ctx, tx, messages) })
		r, err := h.experiments.Report(ctx, "subject")
		must(t, err)
		if arms := h.arms("subject"); len(r.Regimes) != 2 || !r.SRM.OK || arms["plain"][0]+arms["number"][0] != 80 {
			t.Errorf("%d regimes, %v, split %+v", len(r.Regimes), arms, r.SRM)
		}
	})
}

func TestWhoIsNotWrittenToHasSeenNoVersion(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.apply(subjectTest, splitMail, splitJourney)
		ids := h.readers(1)
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return h.leads.RecordConsents(ctx, tx, &leads.Consent{LeadID: ids[0], Purpose: "marketing", Channel: "email", State: leads.ConsentWithdrawn, At: h.clock.Now().Add(time.Second)})
		})
		h.settle()
		m := h.messages()[0]
		if arms := h.arms("subject"); m.State != delivery.StateSuppressed || m.Variant != "" || arms["plain"][0]+arms["number"][0] != 0 {
			t.Errorf("%s %s: %v", m.State, m.Variant, arms)
		}
	})
}

func TestALaterTryShowsWhatTheFirstDid(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.apply(subjectTest, splitMail, splitJourney)
		busy := true
		h.sink.Reject(func(string) *gosmtp.SMTPError {
			if busy {
				return &gosmtp.SMTPError{Code: 451, EnhancedCode: gosmtp.EnhancedCode{4, 7, 1}, Message: "come back later"}
			}
			return nil
		})
		h.readers(12)
		h.settle()
		before := h.messages()
		// The experiment is stopped meanwhile: who starts now gets the first version.
		h.apply(strings.Replace(subjectTest, "state: running", "state: stopped", 1))
		busy = false
		h.pass(time.Hour)
		mails := map[string]int64{}
		for i, m := range h.messages() {
			if m.State != delivery.StateSent || m.Variant == "" || m.Variant != before[i].Variant || m.Tries != 2 {
				t.Errorf("was %q, is %+v", before[i].Variant, m)
			}
			mails[map[string]string{"plain": "Hello", "number": "5 hints"}[m.Variant]]++
		}
		if got := h.tally(); got["Hello"] != mails["Hello"] || got["5 hints"] != mails["5 hints"] || len(got) != 2 {
			t.Errorf("sent %v, want %v", got, mails)
		}
		if arms := h.arms("subject"); arms["plain"][0]+arms["number"][0] != 12 {
			t.Errorf("%v", arms)
		}
	})
}

func TestAMailOfACrashGoesOutAgainInItsVersionAndCountsOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.apply(subjectTest, splitMail, splitJourney)
		h.readers(6)
		h.settle()
		before, arms := h.messages(), h.arms("subject")
		// Back to where a program leaves them that ends between the claim and the outcome.
		h.tx(func(ctx context.Context, tx db.Tx) error {
			if _, err := tx.NewUpdate().Model((*delivery.Message)(nil)).Set("state = ?", delivery.StateSending).Set("sent_at = NULL").Where("TRUE").Exec(ctx); err != nil {
				return err
			}
			var jobs []workers.Job
			for _, m := range before {
				jobs = append(jobs, workers.Job{Kind: "delivery.send", Ref: m.ID})
			}
			return h.queue.Enqueue(ctx, tx, jobs...)
		})
		h.settle()
		for i, m := range h.messages() {
			if m.State != delivery.StateSent || m.Variant != before[i].Variant || m.Subject != before[i].Subject {
				t.Errorf("%+v", m)
			}
		}
		if again := h.arms("subject"); again["plain"] != arms["plain"] || again["number"] != arms["number"] {
			t.Errorf("%v, then %v", arms, again)
		}
	})
}

func TestWithoutARunningExperimentEverybodyGetsTheFirstVersionAndNobodyIsCounted(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.apply(strings.Replace(subjectTest, "state: running", "state: draft", 1), splitMail, splitJourney)
		h.readers(8)
		h.settle()
		if got := h.tally(); got["Hello"] != 8 {
			t.Errorf("%v", got)
		}
		if arms := h.arms("subject"); arms["plain"][0]+arms["number"][0] != 0 {
			t.Errorf("%v", arms)
		}
	})
}

func TestAnEmailAndItsExperimentHaveTheSameVersions(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.apply(subjectTest, splitMail, strings.NewReplacer("key: subject", "key: page", "surface: email", "surface: page").Replace(subjectTest))
		e, err := h.FindEmail(context.Background(), "split-mail")
		must(t, err)
		refused := func(change func(e *content.Email), path, says string) {
			t.Helper()
			doc := &EmailDoc{Email: e.Definition}
			doc.Key, doc.Variants = "split-mail", slices.Clone(e.Definition.Variants)
			change(&doc.Email)
			err := h.db.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error { return emailKind{h.Service}.Apply(ctx, tx, doc) })
			if fields, _ := errs.AsFields(err); !strings.Contains(fields[path], says) {
				t.Errorf("%s: %v", path, err)
			}
		}
		refused(func(e *content.Email) { e.Variants = e.Variants[:1] }, "variants", `has a variant "number", and this e-mail has not`)
		refused(func(e *content.Email) { e.Variants = append(e.Variants, content.Variant{Key: "third"}) }, "variants[2].key", `has no variant "third"`)
		refused(func(e *content.Email) { e.Experiment = "page" }, "experiment", "is on the surface page")
	})
}

func TestWhatIsWrongWithAVersionIsSaidThere(t *testing.T) {
	for name, c := range map[string]struct {
		change func(e *content.Email)
		path   string
	}{
		"variants without an experiment": {func(e *content.Email) { e.Experiment = "" }, "experiment"},
		"an experiment without variants": {func(e *content.Email) { e.Variants = nil }, "variants"},
		"two with one key":               {func(e *content.Email) { e.Variants[1].Key = "plain" }, "variants[1].key"},
		"one without a key":              {func(e *content.Email) { e.Variants[1].Key = "" }, "variants[1].key"},
		"another language":               {func(e *content.Email) { e.Variants[1].Subject = i18n.Text{i18n.English: "5 hints"} }, "variants[1].subject"},
		"a broken tag":                   {func(e *content.Email) { e.Variants[1].Subject = i18n.Plain("{{ lead.") }, "variants[1].subject"},
		"a button that leads nowhere": {func(e *content.Email) {
			e.Variants[1].Blocks = []content.Block{{Button: &content.Button{Label: i18n.Plain("Read")}}}
		}, "variants[1].blocks[0].button.url"},
	} {
		both := i18n.Text{i18n.English: "Hello", i18n.Persian: "سلام"}
		e := content.Email{
			Name: both, Subject: both, Blocks: []content.Block{{Text: both}}, Experiment: "subject",
			Variants: []content.Variant{{Key: "plain"}, {Key: "number", Subject: both}},
		}
		if err := e.Check(); err != nil {
			t.Fatal(err)
		}
		c.change(&e)
		if fields, _ := errs.AsFields(e.Check()); fields[c.path] == "" || len(fields) != 1 {
			t.Errorf("%s: %v", name, fields)
		}
	}
}
