package leads

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

func (h house) merged(gone, kept *Lead) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewUpdate().Model((*Lead)(nil)).Set("merged_into = ?", kept.ID).Where("id = ?", gone.ID).Exec(ctx)
		return err
	})
}

func TestAPersonIsRecognisedByWhatIsTheirsAlone(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		shop := h.upsert(&Profile{ExternalID: "42", FirstName: "Mina"})[0]
		if again := h.upsert(&Profile{ExternalID: "42", Email: "mina@example.com"})[0]; again.ID != shop.ID || again.EmailNorm != "mina@example.com" {
			t.Fatalf("the shop's customer 42 is %+v", again)
		}
		if byMail := h.upsert(&Profile{Email: "MINA@example.com", Phone: "۰۹۱۲ ۱۱۱ ۲۲۳۳"})[0]; byMail.ID != shop.ID || byMail.PhoneNorm != "+989121112233" {
			t.Fatalf("by e-mail: %+v", byMail)
		}
		if byPhone := h.upsert(&Profile{Phone: "+98 912 111 2233"})[0]; byPhone.ID != shop.ID {
			t.Errorf("the only one with this number is %d, found %d", shop.ID, byPhone.ID)
		}
		// Another e-mail speaks against the number: a family may share a telephone.
		other := h.upsert(&Profile{Phone: "09121112233", Email: "nima@example.com"})[0]
		if other.ID == shop.ID {
			t.Fatal("two e-mails became one lead by a shared telephone")
		}
		// Now the number is two people's and recognises nobody.
		if third := h.upsert(&Profile{Phone: "09121112233"})[0]; third.ID == shop.ID || third.ID == other.ID {
			t.Error("a shared number recognised somebody")
		}
	})
}

func TestTwoThatClaimOneEmailAreNotedAndNotMerged(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		byMail := h.upsert(&Profile{Email: "sara@example.com", FirstName: "Sara"})[0]
		shop := h.upsert(&Profile{ExternalID: "7"})[0]
		for range 2 {
			got := h.upsert(&Profile{ExternalID: "7", Email: "sara@example.com", LastName: "Ahmadi"})[0]
			if got.ID != shop.ID || got.EmailNorm != "" || got.LastName != "Ahmadi" {
				t.Fatalf("the external id decides and takes nobody's e-mail; got %+v", got)
			}
		}
		fresh := h.upsert(&Profile{ExternalID: "9", Email: "sara@example.com"})[0]
		if fresh.ID != byMail.ID {
			t.Fatalf("an e-mail's lead without external id gets one: %+v", fresh)
		}
		stranger := h.upsert(&Profile{ExternalID: "10", Email: "sara@example.com"})[0]
		if stranger.ID == byMail.ID || stranger.EmailNorm != "" {
			t.Fatalf("another external id is another person: %+v", stranger)
		}
		var pairs []*Duplicate
		if err := h.db.Read().NewSelect().Model(&pairs).Order("id").Scan(t.Context()); err != nil || len(pairs) != 2 {
			t.Fatalf("%d pairs noted, %v: want two, each once", len(pairs), err)
		}
		if p := pairs[0]; p.LeadID != byMail.ID || p.OtherID != shop.ID || p.State != DuplicateOpen || p.Reason != "email" {
			t.Errorf("noted %+v", p)
		}
	})
}

func TestWhoWasMergedIsFoundAsWhoTheyAre(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		old := h.upsert(&Profile{ExternalID: "old", Email: "old@example.com", Phone: "09121112233"})[0]
		kept := h.upsert(&Profile{ExternalID: "new", Email: "new@example.com"})[0]
		h.merged(old, kept)
		for _, p := range []*Profile{{Email: "old@example.com"}, {ExternalID: "old"}, {Phone: "09121112233"}, {ExternalID: "old", Email: "new@example.com"}, {ExternalID: "new", Email: "old@example.com"}} {
			got := h.upsert(p)[0]
			if got.ID != kept.ID || got.ExternalID != "new" || got.EmailNorm != "new@example.com" {
				t.Errorf("%+v is %+v", *p, got)
			}
		}
		if found, _, err := h.List(t.Context(), ListOptions{Search: "old@exam", Limit: 5}); err != nil || len(found) != 1 || found[0].ID != kept.ID {
			t.Errorf("the old address finds %v, %v", found, err)
		}
	})
}

func TestWhatAVisitorDidBeforeFollowsAndNoCookieMergesTwo(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		view := func(visitor string) {
			h.tx(func(ctx context.Context, tx db.Tx) error {
				return h.Record(ctx, tx, &Event{Name: EventPageViewed, VisitorID: visitor})
			})
		}
		count := func(l *Lead) int {
			events, _, err := h.Timeline(t.Context(), l.ID, 0, 100)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, e := range events {
				if e.Name == EventPageViewed {
					n++
				}
			}
			return n
		}
		view("kiosk")
		view("kiosk")
		view("other")
		mina := h.upsert(&Profile{Email: "mina@example.com", VisitorID: "kiosk"})[0]
		view("kiosk")
		nima := h.upsert(&Profile{Email: "nima@example.com", VisitorID: "kiosk"})[0]
		if mina.ID == nima.ID {
			t.Fatal("one browser made two people one")
		}
		if count(mina) != 2 || count(nima) != 1 {
			t.Errorf("Mina has %d views, Nima %d; want what was done before each said who they are", count(mina), count(nima))
		}
	})
}

func TestOneNewPersonOfSeveralIdentitiesAtTheSameMomentIsOneLead(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				p := &Profile{ExternalID: "77", Attributes: map[string]any{fmt.Sprint("a", i): true}}
				if i%2 == 0 {
					p.Email = "one@example.com"
				}
				if err := h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
					_, err := h.Upsert(ctx, tx, []*Profile{p})
					return err
				}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		found, _, err := h.List(t.Context(), ListOptions{Limit: 10})
		if err != nil || len(found) != 1 || len(found[0].Attributes) != 8 || found[0].EmailNorm != "one@example.com" {
			t.Errorf("found %+v, %v", found, err)
		}
	})
}

func TestWhatAnybodyCouldSayFillsWhatIsEmptyAndChangesNothing(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		sara := h.upsert(&Profile{Email: "sara@example.com", FirstName: "Sara", Attributes: map[string]any{"city": "Yazd"}})[0]
		got := h.upsert(&Profile{Email: "sara@example.com", FirstName: "Thief", LastName: "Thief", Country: "IR",
			Attributes: map[string]any{"city": "x", "cups": 2.0}, Unproven: true})[0]
		if got.ID != sara.ID || got.FirstName != "Sara" || got.LastName != "" || got.Attributes["city"] != "Yazd" || got.Country != "IR" || got.Attributes["cups"] != 2.0 {
			t.Fatalf("recognised by e-mail alone: %+v", got)
		}
		h.upsert(&Profile{ExternalID: "u2", Email: "sara@example.com", FirstName: "Thief", Unproven: true})
		got = h.upsert(&Profile{ExternalID: "u2", Email: "thief@example.com", Phone: "09121112233", LastName: "Ahmadi", Unproven: true})[0]
		if got.ID != sara.ID || got.EmailNorm != "sara@example.com" || got.LastName != "" || got.PhoneNorm != "+989121112233" {
			t.Errorf("by an external id that anybody could have claimed: %+v", got)
		}
	})
}

func TestAProfileThatMakesNoSenseNamesItsField(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		for field, p := range map[string]*Profile{
			"email":       {FirstName: "nobody"},
			"phone":       {Phone: "call me"},
			"country":     {Email: "a@example.com", Country: "Iran"},
			"time_zone":   {Email: "a@example.com", TimeZone: "Tehran"},
			"language":    {Email: "a@example.com", Language: "persian!"},
			"stage":       {Email: "a@example.com", Stage: "hot"},
			"owner_email": {Email: "a@example.com"},
			"created_at":  {Email: "a@example.com", Attributes: map[string]any{"created_at": "x"}},
			"first_name":  {Email: "a@example.com", FirstName: "a\x00b"},
		} {
			err := h.db.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
				_, err := h.Upsert(ctx, tx, []*Profile{p})
				return err
			})
			bad, _ := errs.AsFields(err)
			if (field != "owner_email") != (bad[field] != "") {
				t.Errorf("%s: %v", field, err)
			}
		}
	})
}

func TestATagIsOneHoweverItIsSpelt(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		l := h.upsert(&Profile{Email: "a@example.com"})[0]
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return h.Tag(ctx, tx, []int64{l.ID}, []string{"ویژه کیان", "ويژه  كيان", "VIP"}, "test")
		})
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return h.Tag(ctx, tx, []int64{l.ID}, []string{"vip"}, "test")
		})
		if tags, err := h.Tags(t.Context(), h.db.Read(), l.ID); err != nil || len(tags) != 2 {
			t.Errorf("tags %q, %v", tags, err)
		}
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return h.Untag(ctx, tx, []int64{l.ID}, []string{"vIp", "none"}, "test")
		})
		events, _, err := h.Timeline(t.Context(), l.ID, 0, 10)
		if err != nil || len(events) != 3 || events[0].Name != EventTagRemoved || events[0].Properties["tag"] != "VIP" {
			t.Errorf("%d events, %v: want two added, one removed", len(events), err)
		}
	})
}

func TestRowsFromBeforeAreBroughtUpToDate(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		l := h.upsert(&Profile{Email: "a@example.com", FirstName: "علي", Phone: "0912 111 2233"})[0]
		h.tx(func(ctx context.Context, tx db.Tx) error {
			if err := h.Record(ctx, tx, &Event{LeadID: l.ID, Name: "X", Properties: map[string]any{"sku": "كيلو"}}); err != nil {
				return err
			}
			for _, q := range []string{"UPDATE leads SET folds = NULL, name_fold = '', phone_norm = ''", "UPDATE events SET folds = NULL"} {
				if _, err := tx.ExecContext(ctx, q); err != nil {
					return err
				}
			}
			return nil
		})
		if err := h.refold(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, err := h.Find(t.Context(), h.db.Read(), l.ID)
		if err != nil || got.NameFold != "علی" || got.Folds["first_name"] != "علی" || got.PhoneNorm != "+989121112233" {
			t.Errorf("lead %+v, %v", got, err)
		}
		events, _, err := h.Timeline(t.Context(), l.ID, 0, 10)
		if err != nil || len(events) != 1 || events[0].Folds["sku"] != "کیلو" {
			t.Errorf("events %+v, %v", events, err)
		}
	})
}
