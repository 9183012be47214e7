package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// What the people of the town are called and do.
var (
	firstNames = []string{"سارا", "مینا", "علی", "رضا", "نگار", "Sara", "Nima", "Anna", "Jonas", "Omid"}
	lastNames  = []string{"احمدی", "کریمی", "رضایی", "موسوی", "Ahmadi", "Karimi", "Schmidt", "Rossi", "Novak", "Larsen"}
	cities     = []string{"تهران", "شیراز", "تبریز", "اصفهان", "Berlin", "Wien", "Milano", "Praha", "Oslo", "Yazd"}
	countries  = []string{"IR", "IR", "IR", "IR", "IR", "IR", "DE", "AT", "IT", "NO"}
	tagNames   = []string{"VIP", "Newsletter", "Expo", "Wholesale", "باریستا", "Trial", "Partner event", "Returned", "Student", "Office"}
	eventNames = []string{
		leads.EventPageViewed, leads.EventEmailSent, leads.EventEmailOpened, leads.EventEmailClicked, leads.EventOrderCompleted,
		"Product Viewed", "Cart Updated", "Video Watched", "Event Booked", "Review Written",
	}
	// eventShare is how often each of them is among a hundred.
	eventShare = []int{50, 15, 9, 4, 4, 8, 5, 2, 2, 1}
)

func address(id int) string { return fmt.Sprintf("person%d@example%d.com", id, id%97) }

// townBatch is how many leads are written in one transaction.
const townBatch = 5000

// fill makes the people, their tags and ten events each, over the past year. The
// indexes of the events are made afterwards, as anybody would who loads so many.
func (t *town) fill(b *testing.B) {
	b.Helper()
	var indexes []string
	if err := t.Read().NewRaw(`SELECT indexdef FROM pg_indexes WHERE tablename = 'events' AND indexname NOT IN
		(SELECT conname FROM pg_constraint) ORDER BY indexname`).Scan(b.Context(), &indexes); err != nil {
		b.Fatal(err)
	}
	var names []string
	if err := t.Read().NewRaw(`SELECT indexname FROM pg_indexes WHERE tablename = 'events' AND indexname NOT IN
		(SELECT conname FROM pg_constraint) ORDER BY indexname`).Scan(b.Context(), &names); err != nil {
		b.Fatal(err)
	}
	for _, name := range names {
		t.exec(b, "DROP INDEX "+name)
	}
	for from := 1; from <= t.size; from += townBatch {
		if err := t.InTx(b.Context(), func(ctx context.Context, tx db.Tx) error {
			return t.street(ctx, tx, from, min(from+townBatch, t.size+1))
		}); err != nil {
			b.Fatal(err)
		}
	}
	for _, index := range indexes {
		t.exec(b, index)
	}
	if _, err := t.SQL().ExecContext(b.Context(), "VACUUM ANALYZE"); err != nil { // in no transaction
		b.Fatal(err)
	}
}

// street makes the people with these numbers.
func (t *town) street(ctx context.Context, tx db.Tx, from, to int) error {
	r := rand.New(rand.NewPCG(uint64(from), 7))
	pick := func(from []string) string { return from[r.IntN(len(from))] }
	profiles := make([]*leads.Profile, 0, to-from)
	for id := from; id < to; id++ {
		profiles = append(profiles, &leads.Profile{
			Email: address(id), Phone: fmt.Sprintf("0912%07d", id), FirstName: pick(firstNames), LastName: pick(lastNames),
			Country: pick(countries), Language: "fa", Stage: leads.Stages[r.IntN(3)],
			Attributes: map[string]any{"cups": float64(r.IntN(10)), "city": pick(cities)},
			Touch:      leads.Touch{Source: "instagram", Campaign: "spring"},
		})
	}
	made, err := t.leads.Import(ctx, tx, profiles, false)
	if err != nil {
		return err
	}
	tagged := map[string][]int64{}
	events := make([]*leads.Event, 0, 10*len(made))
	for _, m := range made {
		if m.Err != nil {
			return m.Err
		}
		tag := pick(tagNames)
		tagged[tag] = append(tagged[tag], m.Lead.ID)
		for range 10 {
			properties := map[string]any{"total": float64(r.IntN(300)), "page": "/" + pick(cities)}
			at := t.now.Add(-time.Duration(r.IntN(365*24*60)) * time.Minute)
			events = append(events, &leads.Event{
				LeadID: m.Lead.ID, Name: often(r, m.Lead.ID%20 == 0), Properties: properties, Folds: conditions.Fold(properties),
				Source: "town", OccurredAt: at, ReceivedAt: at,
			})
		}
	}
	ids, err := db.NextIDs(ctx, tx, "events", len(events))
	if err != nil {
		return err
	}
	for i, e := range events {
		e.ID, e.MessageID = ids[i], fmt.Sprintf("town:%010d", ids[i])
	}
	for part := range slices.Chunk(events, 10_000) {
		if _, err := db.InsertMany(ctx, tx, part, ""); err != nil {
			return err
		}
	}
	return t.tag(ctx, tx, tagged)
}

// tag writes the tags without an event for each, as an import does.
func (t *town) tag(ctx context.Context, tx db.Tx, tagged map[string][]int64) error {
	for i, name := range tagNames {
		if _, err := tx.ExecContext(ctx, "INSERT INTO tags (id, name, name_fold, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
			i+1, name, conditions.Fold(map[string]any{"tag": name})["tag"], t.now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO lead_tags (tag_id, lead_id, at) SELECT ?, unnest(?::bigint[]), ?",
			i+1, pgArray(tagged[name]), t.now); err != nil {
			return err
		}
	}
	return nil
}

// pgArray writes ids as PostgreSQL's text of an array.
func pgArray(ids []int64) string {
	out := []byte{'{'}
	for i, id := range ids {
		if i > 0 {
			out = append(out, ',')
		}
		out = fmt.Append(out, id)
	}
	return string(append(out, '}'))
}

// often draws an event by its share; half of what regulars do is to order.
func often(r *rand.Rand, regular bool) string {
	if regular && r.IntN(2) == 0 {
		return leads.EventOrderCompleted
	}
	n := r.IntN(100)
	for i, share := range eventShare {
		if n -= share; n < 0 {
			return eventNames[i]
		}
	}
	return eventNames[0]
}

func (t *town) exec(b *testing.B, query string, args ...any) {
	b.Helper()
	if err := t.InTx(b.Context(), func(ctx context.Context, tx db.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	}); err != nil {
		b.Fatalf("%.80s: %v", query, err)
	}
}
