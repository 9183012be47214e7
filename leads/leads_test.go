package leads

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/tables"
	"github.com/sarnakh/sarnakh/workers"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

type house struct {
	*Service
	t     *testing.T
	clock *clock.Manual
	queue *workers.Queue
}

func eachHouse(t *testing.T, test func(t *testing.T, h house)) {
	testkit.Databases(t, func(t *testing.T, base testkit.Database) {
		d := tables.Open(t, base)
		c := clock.NewManual(start)
		q := workers.NewQueue(d, c, slog.New(slog.DiscardHandler))
		test(t, house{New(d, c, q), t, c, q})
	})
}

func (h house) tx(fn func(ctx context.Context, tx db.Tx) error) {
	h.t.Helper()
	if err := h.db.InTx(h.t.Context(), fn); err != nil {
		h.t.Fatal(err)
	}
}

func (h house) upsert(profiles ...*Profile) (out []*Lead) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) (err error) {
		out, err = h.Upsert(ctx, tx, profiles)
		return err
	})
	return out
}

func TestOnePersonIsOneLeadHoweverTheyAreWritten(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		first := h.upsert(&Profile{Email: "Sara@Example.com", FirstName: "Sara", Touch: Touch{Source: "instagram"}, Attributes: map[string]any{"cups": 2.0}})[0]
		both := h.upsert(
			&Profile{Email: " sara@example.com ", LastName: "Ahmadi", Touch: Touch{Source: "google"}, Attributes: map[string]any{"brew": "moka"}},
			&Profile{Email: "omid۲@example.com"},
			&Profile{Email: "OMID2@example.com", FirstName: "Omid"},
		)
		if both[0].ID != first.ID || both[1] != both[2] || both[1].FirstName != "Omid" {
			t.Fatalf("leads %v %v %v", both[0], both[1], both[2])
		}
		got, err := h.Find(t.Context(), h.db.Read(), first.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.Email != "Sara@Example.com" || got.Name() != "Sara Ahmadi" || got.FirstTouch.Source != "instagram" || got.LastTouch.Source != "google" ||
			got.Attributes["cups"] != 2.0 || got.Attributes["brew"] != "moka" {
			t.Errorf("after the second visit: %+v", got)
		}
		if all, _, err := h.Count(t.Context(), start); err != nil || all != 2 {
			t.Errorf("%d leads, %v", all, err)
		}
	})
}

func TestTheSamePersonAtTheSameMomentIsOneLead(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		var wg sync.WaitGroup
		ids := make([]int64, 12)
		for i := range ids {
			wg.Go(func() {
				err := h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
					people, err := h.Upsert(ctx, tx, []*Profile{{Email: "one@example.com", Attributes: map[string]any{fmt.Sprint("a", i): true}}})
					if err == nil {
						ids[i] = people[0].ID
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, id := range ids {
			if id != ids[0] || id == 0 {
				t.Fatalf("ids %v", ids)
			}
		}
		lead, err := h.Find(t.Context(), h.db.Read(), ids[0])
		if err != nil || len(lead.Attributes) != len(ids) {
			t.Errorf("attributes %v, %v: want what each of them said", lead.Attributes, err)
		}
	})
}

func TestBatchesOfTheSamePeopleDoNotBlockEachOther(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		profiles := func(order int) (out []*Profile) {
			for i := range 8 {
				out = append(out, &Profile{Email: fmt.Sprintf("p%d@example.com", (i*(2*order+1)+order)%8), FirstName: fmt.Sprint(order)})
			}
			return out
		}
		var wg sync.WaitGroup
		for order := range 4 {
			wg.Go(func() {
				for range 10 {
					if err := h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
						_, err := h.Upsert(ctx, tx, profiles(order))
						return err
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	})
}

func TestWithoutAnEmailNobodyIsALead(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		err := h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			_, err := h.Upsert(ctx, tx, []*Profile{{Email: "a@example.com"}, {Email: "  "}})
			return err
		})
		if fields, ok := errs.AsFields(err); !ok || fields["email"] == "" {
			t.Errorf("told %v", err)
		}
		if all, _, _ := h.Count(t.Context(), start); all != 0 {
			t.Errorf("%d leads were stored by half", all)
		}
	})
}

func TestAnEventIsRecordedAndOfferedOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		lead := h.upsert(&Profile{Email: "a@example.com"})[0]
		event := func() *Event {
			return &Event{MessageID: "m1", LeadID: lead.ID, Name: "Order Completed", Properties: map[string]any{"value": 5.0}}
		}
		one, two, again := event(), event(), event()
		h.tx(func(ctx context.Context, tx db.Tx) error { return h.Record(ctx, tx, one, two) })
		h.tx(func(ctx context.Context, tx db.Tx) error { return h.Record(ctx, tx, again) })
		if one.ID == 0 || two.ID != 0 || again.ID != 0 {
			t.Errorf("ids %d %d %d: want only the first to be new", one.ID, two.ID, again.ID)
		}
		if c, err := h.queue.Count(t.Context()); err != nil || c.Outstanding != 1 {
			t.Errorf("outbox %+v, %v", c, err)
		}
	})
}

func TestTheTimelineIsPagedBackInTime(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		lead := h.upsert(&Profile{Email: "a@example.com"})[0]
		h.tx(func(ctx context.Context, tx db.Tx) error {
			for i := range 7 {
				// Two of each hour, and not in the order in which they happened.
				at := start.Add(time.Duration((i*3)%7/2) * time.Hour)
				if err := h.Record(ctx, tx, &Event{LeadID: lead.ID, Name: fmt.Sprint(i), OccurredAt: at}); err != nil {
					return err
				}
			}
			return nil
		})
		var seen []*Event
		for before := int64(0); ; {
			page, more, err := h.Timeline(t.Context(), lead.ID, before, 2)
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, page...)
			if !more {
				break
			}
			before = page[len(page)-1].ID
		}
		if len(seen) != 7 {
			t.Fatalf("%d events over the pages", len(seen))
		}
		for i := 1; i < len(seen); i++ {
			if seen[i].OccurredAt.After(seen[i-1].OccurredAt) {
				t.Errorf("event %d is newer than the one before", i)
			}
		}
	})
}

func TestTheNewestConsentHasTheLastWord(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		people := h.upsert(&Profile{Email: "a@example.com"}, &Profile{Email: "b@example.com"}, &Profile{Email: "c@example.com"})
		say := func(lead *Lead, states ...string) {
			h.tx(func(ctx context.Context, tx db.Tx) error {
				for _, state := range states {
					if err := h.RecordConsents(ctx, tx, &Consent{LeadID: lead.ID, Purpose: "marketing", Channel: "email", State: state, At: h.clock.Now()}); err != nil {
						return err
					}
				}
				return nil
			})
		}
		say(people[0], ConsentGranted, ConsentWithdrawn)
		say(people[1], ConsentWithdrawn, ConsentGranted)
		may, err := h.MayContact(t.Context(), h.db.Read(), "email", []int64{people[0].ID, people[1].ID, people[2].ID})
		if err != nil || may[people[0].ID] || !may[people[1].ID] || may[people[2].ID] {
			t.Errorf("may %v, %v: want only the second", may, err)
		}
	})
}

func TestSearchFindsNamesHoweverTheyAreTyped(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.upsert(
			&Profile{Email: "ali@example.com", FirstName: "علی", LastName: "کریمی", Phone: "+989121234567"},
			&Profile{Email: "per_cent@example.com", FirstName: "100%"},
			&Profile{Email: "other@example.com", FirstName: "Zoë"},
		)
		for search, want := range map[string]string{
			"علي كريمي":   "ali@example.com", // Arabic letters
			"کریمی":       "ali@example.com", // the last name alone
			"کریمی ع":     "ali@example.com", // the last name first
			"۰۹۱۲":        "ali@example.com", // as one dials it
			"۹۱۲۱۲۳":      "ali@example.com", // Persian digits
			"+98 912-12":  "ali@example.com",
			"0098912":     "ali@example.com",
			"0913":        "",
			"ZOE":         "other@example.com",
			"per_c":       "per_cent@example.com",
			"100%":        "per_cent@example.com",
			"0%":          "", // only from the beginning
			"perXcent":    "",
			"%' OR '1'=1": "",
		} {
			found, _, err := h.List(t.Context(), ListOptions{Search: search, Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if len(found) == 1 {
				got = found[0].Email
			}
			if got != want || len(found) > 1 {
				t.Errorf("search %q found %d, %q; want %q", search, len(found), got, want)
			}
		}
	})
}

func TestFactsKnowFieldsEventsAndWhatOthersAdd(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		lead := h.upsert(&Profile{Email: "a@example.com", Language: "fa", Attributes: map[string]any{"cups": 4.0}})[0]
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return h.Record(ctx, tx, &Event{LeadID: lead.ID, Name: "Order Completed", Properties: map[string]any{"sku": "kilo"}})
		})
		c := conditions.Condition{All: []conditions.Condition{
			{Field: "cups", Test: conditions.Test{Is: 4}}, {Field: "language", Test: conditions.Test{Is: "fa"}},
			{Event: "Order Completed", Properties: conditions.Properties{"sku": {Is: "Kilo"}}},
		}}
		facts, err := h.Facts(t.Context(), h.db.Read(), []int64{lead.ID, 999}, c)
		if err != nil || len(facts) != 1 {
			t.Fatalf("%v, %v", facts, err)
		}
		if !c.Match(*facts[lead.ID], h.clock.Now()) {
			t.Errorf("facts %+v do not match", facts[lead.ID])
		}
	})
}

func TestNobodysAddressIsReadableInALog(t *testing.T) {
	for email, want := range map[string]string{"sara@example.com": "s***@example.com", "سارا@example.com": "س***@example.com", "nonsense": "***", "@x": "***", "": "***"} {
		if got := MaskEmail(email); got != want {
			t.Errorf("MaskEmail(%q) = %q, want %q", email, got, want)
		}
	}
}

// counter counts what it is offered; it fails the first time.
type counter struct {
	seen   map[int64]int
	failed bool
}

func (c *counter) OnEvents(_ context.Context, events []*Event) error {
	for _, e := range events {
		c.seen[e.ID]++
	}
	if !c.failed {
		c.failed = true
		return errors.New("not now")
	}
	return nil
}

func TestASubscriberThatFailsIsOfferedTheEventAgain(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		sub := &counter{seen: map[int64]int{}}
		h.Subscribe(sub)
		h.RegisterJobs(h.queue)
		rdb, done, err := workers.OpenRedis(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = done() })
		r := workers.NewRunner(h.queue, rdb, workers.Brisk)
		if err := r.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.Stop)
		e := &Event{Name: "Anything"}
		h.tx(func(ctx context.Context, tx db.Tx) error { return h.Record(ctx, tx, e) })
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for deadline := time.Now().Add(20 * time.Second); ; <-tick.C {
			if c, err := h.queue.Count(t.Context()); err != nil || time.Now().After(deadline) {
				t.Fatalf("not settled: %+v, %v", c, err)
			} else if c.Outstanding == 0 {
				break
			}
		}
		if sub.seen[e.ID] != 2 {
			t.Errorf("offered %d times, want again after the failure", sub.seen[e.ID])
		}
	})
}
