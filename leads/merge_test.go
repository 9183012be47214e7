package leads

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// dump is every row of these tables as text, in order, without what was left by a merge
// and its undoing.
func (h house) dump(tables ...string) map[string][]string {
	h.t.Helper()
	out := map[string][]string{}
	for _, table := range tables {
		var rows []map[string]any
		if err := h.db.Read().NewSelect().Table(table).Scan(h.t.Context(), &rows); err != nil {
			h.t.Fatal(err)
		}
		for _, row := range rows {
			if row["name"] == EventLeadsMerged || row["name"] == EventMergeUndone {
				continue
			}
			for column, value := range row {
				if raw, ok := value.([]byte); ok {
					row[column] = string(raw)
				}
				if at, ok := value.(time.Time); ok {
					row[column] = at.UTC()
				}
			}
			out[table] = append(out[table], fmt.Sprint(row))
		}
		slices.Sort(out[table])
	}
	return out
}

var ownTables = []string{"leads", "events", "consents", "consent_states", "lead_tags", "lead_duplicates"}

// busyLife gives a lead a random past.
func (h house) busyLife(random *rand.Rand, l *Lead) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error {
		for range random.IntN(6) {
			h.clock.Advance(time.Duration(random.IntN(1000)) * time.Second)
			var err error
			switch random.IntN(3) {
			case 0:
				err = h.Record(ctx, tx, &Event{LeadID: l.ID, Name: "Thing Done", Properties: map[string]any{"n": random.IntN(5)}})
			case 1:
				err = h.Tag(ctx, tx, []int64{l.ID}, []string{fmt.Sprint("tag ", random.IntN(4))}, "test")
			case 2:
				err = h.RecordConsents(ctx, tx, &Consent{
					LeadID: l.ID, Purpose: []string{"marketing", "research"}[random.IntN(2)], Channel: []string{"email", "sms"}[random.IntN(2)],
					State: ConsentStates[random.IntN(4)], Words: "خبرم کنید", Source: "staff",
				})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// somebody is a profile with some of the fields, of which those that tell who it is are n's.
func somebody(random *rand.Rand, n int) *Profile {
	p := &Profile{Email: fmt.Sprintf("p%d@example.com", n), Attributes: map[string]any{}}
	pick := func(field *string, values ...string) {
		if random.IntN(2) == 0 {
			*field = values[random.IntN(len(values))]
		}
	}
	if random.IntN(2) == 0 {
		p.ExternalID = fmt.Sprint("shop-", n)
		if random.IntN(2) == 0 {
			p.Email = ""
		}
	}
	pick(&p.Phone, "09121112233", "09121112244")
	pick(&p.FirstName, "Sara", "سارا")
	pick(&p.LastName, "Ahmadi", "احمدی")
	pick(&p.Language, "fa", "en")
	pick(&p.Country, "IR", "DE")
	pick(&p.Stage, Stages...)
	pick(&p.Touch.Source, "google", "instagram")
	for _, name := range []string{"city", "cups", "club"} {
		if random.IntN(2) == 0 {
			p.Attributes[name] = []any{"Tehran", 3.0, true}[random.IntN(3)]
		}
	}
	return p
}

func TestAMergeThatIsUndoneLeavesEveryRowAsItWas(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		random := rand.New(rand.NewPCG(3, 18))
		for round := range 25 {
			h.clock.Advance(time.Hour)
			a := h.upsert(somebody(random, 3*round))[0]
			h.clock.Advance(time.Hour)
			b := h.upsert(somebody(random, 3*round+1))[0]
			c := h.upsert(somebody(random, 3*round+2))[0]
			if a.ID == b.ID || b.ID == c.ID || a.ID == c.ID {
				continue // the one number that recognises somebody
			}
			for _, l := range []*Lead{a, b, c} {
				h.busyLife(random, l)
			}
			if random.IntN(2) == 0 {
				a, b = b, a
			}
			fields := map[string]string{}
			for _, p := range parts {
				if random.IntN(3) == 0 {
					fields[p.name] = "other"
				}
			}
			start := h.dump(ownTables...)
			first, err := h.Merge(t.Context(), MergeRequest{Kept: b.ID, Other: c.ID, Fields: fields})
			if err != nil {
				t.Fatal(err)
			}
			middle := h.dump(ownTables...)
			h.clock.Advance(time.Minute)
			second, err := h.Merge(t.Context(), MergeRequest{Kept: a.ID, Other: b.ID, Fields: fields})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.UndoMerge(t.Context(), first.ID, "me"); !errors.Is(err, errs.Conflict) {
				t.Fatalf("the earlier merge was undone before the later one: %v", err)
			}
			for _, step := range []struct {
				merge *Merge
				want  map[string][]string
			}{{second, middle}, {first, start}} {
				if _, err := h.UndoMerge(t.Context(), step.merge.ID, "me"); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(step.want, h.dump(ownTables...)); diff != "" {
					t.Fatalf("round %d: (-before +after)\n%s", round, diff)
				}
			}
			if _, err := h.UndoMerge(t.Context(), first.ID, "me"); !errors.Is(err, errs.Conflict) {
				t.Fatalf("undone twice: %v", err)
			}
		}
	})
}

func TestTwoLeadsBecomeOneByTheRules(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		gone := h.upsert(&Profile{Email: "old@example.com", FirstName: "Sara", LastName: "A.", Country: "IR", Touch: Touch{Source: "instagram"},
			Attributes: map[string]any{"city": "Tehran", "cups": 3.0}})[0]
		h.clock.Advance(time.Hour)
		kept := h.upsert(&Profile{ExternalID: "7", FirstName: "سارا", LastName: "احمدی", Touch: Touch{Source: "google"}, Attributes: map[string]any{"city": "Shiraz"}})[0]
		h.tx(func(ctx context.Context, tx db.Tx) error {
			if err := h.Tag(ctx, tx, []int64{gone.ID, kept.ID}, []string{"vip"}, "test"); err != nil {
				return err
			}
			if err := h.Tag(ctx, tx, []int64{gone.ID}, []string{"coffee"}, "test"); err != nil {
				return err
			}
			return h.RecordConsents(ctx, tx, &Consent{LeadID: gone.ID, Purpose: "marketing", Channel: "email", State: ConsentGranted, Source: "form:x"})
		})
		m, err := h.Merge(t.Context(), MergeRequest{Kept: kept.ID, Other: gone.ID, Fields: map[string]string{"last_name": "other", "attributes.city": "other"}, By: "mina@example.com"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := h.Find(t.Context(), h.db.Read(), kept.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.Email != "old@example.com" || got.ExternalID != "7" || got.FirstName != "سارا" || got.LastName != "A." || got.Country != "IR" ||
			got.FirstTouch.Source != "instagram" || got.LastTouch.Source != "google" || !got.CreatedAt.Equal(gone.CreatedAt) ||
			got.Attributes["city"] != "Tehran" || got.Attributes["cups"] != 3.0 {
			t.Errorf("one person is %+v", got)
		}
		if len(m.Conflicts) != 3 {
			t.Errorf("conflicts %+v, want first name, last name, city", m.Conflicts)
		}
		if tags, err := h.Tags(t.Context(), h.db.Read(), kept.ID); err != nil || strings.Join(tags, " ") != "coffee vip" {
			t.Errorf("tags %q, %v", tags, err)
		}
		if may, err := h.MayContact(t.Context(), h.db.Read(), "email", []int64{kept.ID, gone.ID}); err != nil || !may[kept.ID] || may[gone.ID] {
			t.Errorf("may contact %v, %v", may, err)
		}
		// The address that moved and whoever was merged before still lead to the person.
		if again := h.upsert(&Profile{Email: "OLD@example.com", Phone: "0912 000 1122"})[0]; again.ID != kept.ID {
			t.Errorf("the old address is lead %d", again.ID)
		}
		// What happened since stays with the lead that was kept.
		if _, err := h.UndoMerge(t.Context(), m.ID, "mina@example.com"); err != nil {
			t.Fatal(err)
		}
		if got, err = h.Find(t.Context(), h.db.Read(), kept.ID); err != nil || got.Email != "" || got.LastName != "احمدی" || got.Phone != "0912 000 1122" {
			t.Errorf("kept after the undoing: %+v, %v", got, err)
		}
		if got, err = h.Find(t.Context(), h.db.Read(), gone.ID); err != nil || got.EmailNorm != "old@example.com" || got.MergedInto != 0 || got.LastName != "A." {
			t.Errorf("gone after the undoing: %+v, %v", got, err)
		}
	})
}

func TestWhatCannotBeMergedSaysSo(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		people := h.upsert(&Profile{Email: "a@example.com"}, &Profile{Email: "b@example.com"}, &Profile{Email: "c@example.com"})
		a, b, c := people[0].ID, people[1].ID, people[2].ID
		if _, err := h.Merge(t.Context(), MergeRequest{Kept: a, Other: b}); err != nil {
			t.Fatal(err)
		}
		for name, r := range map[string]struct {
			MergeRequest
			want error
		}{
			"itself":         {MergeRequest{Kept: c, Other: c}, errs.Conflict},
			"merged already": {MergeRequest{Kept: c, Other: b}, errs.Conflict},
			"in a circle":    {MergeRequest{Kept: b, Other: a}, errs.Conflict},
			"nobody":         {MergeRequest{Kept: c, Other: 4711}, errs.NotFound},
			"no such field":  {MergeRequest{Kept: c, Other: a, Fields: map[string]string{"folds": "other"}}, errs.Invalid},
			"no such side":   {MergeRequest{Kept: c, Other: a, Fields: map[string]string{"email": "both"}}, errs.Invalid},
		} {
			if _, err := h.Merge(t.Context(), r.MergeRequest); !errors.Is(err, r.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestMergesAtTheSameMomentWaitForEachOther(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		var ids []int64
		for i := range 6 {
			ids = append(ids, h.upsert(&Profile{Email: fmt.Sprintf("p%d@example.com", i)})[0].ID)
		}
		var wg sync.WaitGroup
		for i := range ids {
			for j := range ids {
				if i == j {
					continue
				}
				wg.Go(func() {
					if _, err := h.Merge(t.Context(), MergeRequest{Kept: ids[i], Other: ids[j]}); err != nil && !errors.Is(err, errs.Conflict) {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		found, _, err := h.List(t.Context(), ListOptions{Limit: 10})
		if err != nil || len(found) != 1 {
			t.Fatalf("%d leads stand, %v: want one", len(found), err)
		}
		if p, err := h.Person(t.Context(), h.db.Read(), ids[0]); err != nil || p.Lead.ID != found[0].ID || len(p.IDs()) != len(ids) {
			t.Errorf("the person is %+v, %v", p, err)
		}
	})
}
