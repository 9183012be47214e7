package leads

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// everything is the whole database as text.
func (h house) everything() string {
	h.t.Helper()
	list := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if h.db.Dialect() == db.Postgres {
		list = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
	}
	var tables []string
	if err := h.db.Read().NewRaw(list).Scan(h.t.Context(), &tables); err != nil {
		h.t.Fatal(err)
	}
	var out strings.Builder
	for _, table := range tables {
		var rows []map[string]any
		if err := h.db.Read().NewSelect().Table(table).Scan(h.t.Context(), &rows); err != nil {
			h.t.Fatal(err)
		}
		for _, row := range rows {
			for column, value := range row {
				if raw, ok := value.([]byte); ok {
					row[column] = string(raw)
				}
			}
			fmt.Fprintln(&out, table, row)
		}
	}
	return out.String()
}

// secrets are what must be found nowhere once their person is erased.
var secrets = []string{"sara.secret", "9121112233", "Zarrinpour", "زرین‌پور", "shop-4711", "10.9.8.7", "Neyshabur"}

func (h house) secretive() *Lead {
	h.t.Helper()
	old := h.upsert(&Profile{Email: "sara.secret@old.example", FirstName: "Zarrinpour"})[0]
	l := h.upsert(&Profile{Email: "Sara.Secret@example.com", Phone: "0912 111 2233", ExternalID: "shop-4711", FirstName: "سارا", LastName: "زرین‌پور",
		Attributes: map[string]any{"city": "Neyshabur"}, Touch: Touch{Referrer: "https://example.com/?sara.secret"}})[0]
	h.tx(func(ctx context.Context, tx db.Tx) error {
		return h.Record(ctx, tx, &Event{LeadID: l.ID, MessageID: "sara.secret-1", VisitorID: "sara.secret", Name: "Form Submitted", Properties: map[string]any{"email": "sara.secret@example.com"}})
	})
	h.consent(l, ConsentGranted, func(c *Consent) { c.IP, c.Page = "10.9.8.7", "/p?e=sara.secret" })
	h.consent(l, ConsentWithdrawn, func(c *Consent) { c.Words = "Zarrinpour called" })
	if _, err := h.Merge(h.t.Context(), MergeRequest{Kept: l.ID, Other: old.ID}); err != nil {
		h.t.Fatal(err)
	}
	return l
}

func TestNothingTellsWhoAnErasedLeadWas(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		l := h.secretive()
		events, _, _ := h.Timeline(t.Context(), l.ID, 0, 50)
		before := h.everything()
		for _, secret := range secrets {
			if !strings.Contains(before, secret) {
				t.Fatalf("%q is nowhere to be found before", secret)
			}
		}
		done, err := h.Erase(t.Context(), EraseRequest{LeadID: l.ID, Reason: "they asked by letter", By: "mina@example.com"})
		if err != nil {
			t.Fatal(err)
		}
		text := h.everything()
		for _, secret := range secrets {
			if i := strings.Index(strings.ToLower(text), strings.ToLower(secret)); i >= 0 {
				t.Errorf("%q is still there: …%s", secret, text[max(0, i-200):i+20])
			}
		}
		if left, _, err := h.Timeline(t.Context(), l.ID, 0, 50); err != nil || len(left) != len(events)+1 || left[0].Name != EventLeadErased {
			t.Errorf("%d events are left of %d, %v: they stay, empty, so that counts add up", len(left), len(events), err)
		}
		if acts, err := h.Consents(t.Context(), l.ID); err != nil || len(acts) != 2 || acts[0].State != ConsentWithdrawn || acts[0].Version == "" {
			t.Errorf("the proof of withdrawing: %+v, %v", acts, err)
		}
		if _, err := h.Erase(t.Context(), EraseRequest{LeadID: l.ID, Reason: "again"}); !errors.Is(err, errs.Conflict) {
			t.Errorf("erased twice: %v", err)
		}
		for _, known := range []string{"SARA.secret@example.com", "sara.secret@old.example", "+989121112233", "shop-4711"} {
			if page, _, err := h.Erasures(t.Context(), known, 0, 5); err != nil || len(page) != 1 || page[0].ID != done.ID {
				t.Errorf("by %s the log finds %+v, %v", known, page, err)
			}
		}
		if page, _, err := h.Erasures(t.Context(), "other@example.com", 0, 5); err != nil || len(page) != 0 {
			t.Errorf("by another's address the log finds %+v, %v", page, err)
		}
		if fresh := h.upsert(&Profile{Email: "sara.secret@example.com"})[0]; fresh.ID == l.ID {
			t.Error("whoever comes back is a new lead")
		}
	})
}

func TestTheFileOfSQLiteKeepsNothingOfWhoWasErased(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		if h.db.Dialect() != db.SQLite {
			t.Skip("PostgreSQL's own files are its vacuum's business")
		}
		l := h.secretive()
		if _, err := h.Erase(t.Context(), EraseRequest{LeadID: l.ID, Reason: "they asked"}); err != nil {
			t.Fatal(err)
		}
		var path string
		if err := h.db.SQL().QueryRowContext(t.Context(), "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(path + "*")
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range secrets {
				if bytes.Contains(raw, []byte(secret)) {
					t.Errorf("%s is still in %s", secret, filepath.Base(file))
				}
			}
		}
	})
}

func TestAnErasureThatFailsHalfWayChangesNothing(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		l := h.secretive()
		before := h.everything()
		h.AddHolding(Holding{Table: "lead_merges", Key: []string{"id"}, Lead: "kept_id", Erase: Erasure{Set: map[string]string{"nothing_of_the_kind": "''"}}})
		if _, err := h.Erase(t.Context(), EraseRequest{LeadID: l.ID, Reason: "they asked"}); err == nil {
			t.Fatal("no error")
		}
		if h.everything() != before {
			t.Error("half of it was done")
		}
	})
}

func TestAReasonDoesNotNameThePerson(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		l := h.secretive()
		for _, reason := range []string{"", "  ", "letter of Sara.Secret@Example.com", "خانم زرین‌پور خواست", "old name Zarrinpour", strings.Repeat("x", 301), "a\x00b"} {
			_, err := h.Erase(t.Context(), EraseRequest{LeadID: l.ID, Reason: reason})
			if bad, _ := errs.AsFields(err); bad["reason"] == "" {
				t.Errorf("%q: %v", reason, err)
			}
		}
	})
}

func TestWhatComesLateIsErasedToo(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		l := h.secretive()
		if _, err := h.Erase(t.Context(), EraseRequest{LeadID: l.ID, Reason: "they asked"}); err != nil {
			t.Fatal(err)
		}
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return h.Record(ctx, tx, &Event{LeadID: l.ID, Name: EventEmailSent, Properties: map[string]any{"subject": "Dear Zarrinpour"}})
		})
		h.clock.Advance(time.Hour)
		if err := h.tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(h.everything(), "Zarrinpour") {
			t.Error("what a mail that was on its way wrote down is still there")
		}
	})
}

func TestWhatComesLateForWhoIsGoneGoesToWhoIsKept(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		people := h.upsert(&Profile{Email: "a@example.com"}, &Profile{Email: "b@example.com"})
		m, err := h.Merge(t.Context(), MergeRequest{Kept: people[0].ID, Other: people[1].ID})
		if err != nil {
			t.Fatal(err)
		}
		h.tx(func(ctx context.Context, tx db.Tx) error {
			return h.Record(ctx, tx, &Event{LeadID: people[1].ID, Name: "Late"})
		})
		for range 2 {
			if err := h.tidy(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if events, _, err := h.Timeline(t.Context(), people[0].ID, 0, 5); err != nil || len(events) != 2 {
			t.Errorf("%d events, %v: want the merge and the late one", len(events), err)
		}
		if _, err := h.UndoMerge(t.Context(), m.ID, ""); err != nil {
			t.Fatal(err)
		}
		if events, _, err := h.Timeline(t.Context(), people[1].ID, 0, 5); err != nil || len(events) != 2 || events[1].Name != "Late" {
			t.Errorf("%d events, %v: want the late one back", len(events), err)
		}
	})
}

func TestAPersonIsHandedAllThatIsKnown(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		l := h.secretive()
		p, err := h.PersonData(t.Context(), l.ID)
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprint(*p.Lead, *p.Merged[0], p.Tables)
		for _, secret := range secrets {
			if !strings.Contains(text, secret) {
				t.Errorf("%s is missing", secret)
			}
		}
		if strings.Contains(fmt.Sprint(p.Tables), "folds") {
			t.Error("what conditions see is no news to a person")
		}
	})
}
