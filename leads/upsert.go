package leads

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// Upsert finds or creates the lead of each profile, within tx, and writes what the
// profiles say. The result has one lead per profile, in their order; the same person
// twice yields the same lead twice. A profile needs an external id, an e-mail or a
// telephone number, and is recognised in that order: the number only when nothing
// else is known to anybody, and only when it is one lead's alone and neither e-mail
// nor external id speaks against it. When a profile's e-mail belongs to another lead
// than its external id, the external id decides, that lead keeps its own e-mail, and
// the two are noted as possibly the same person: never are two leads merged here.
//
// What an unknown visitor did before becomes the lead's (see Profile.VisitorID).
func (s *Service) Upsert(ctx context.Context, tx db.Tx, profiles []*Profile) ([]*Lead, error) {
	b := &upsert{s: s, tx: tx, now: s.clock.Now(), profiles: profiles, ids: make([]identity, len(profiles)),
		found: make([]*Lead, len(profiles)), people: newDirectory(), changed: map[*Lead]bool{}}
	for i, p := range profiles {
		if err := p.Check(); err != nil {
			return nil, err
		}
		if b.ids[i] = s.identify(p); !b.ids[i].known() {
			if p.Phone != "" {
				return nil, errs.Fields{"phone": "errors.phone"}
			}
			return nil, errs.Fields{"email": "errors.required"}
		}
	}
	all := make([]int, len(profiles))
	for i := range all {
		all[i] = i
	}
	if err := b.settle(ctx, all); err != nil {
		return nil, err
	}
	if err := b.update(ctx); err != nil {
		return nil, err
	}
	if err := b.note(ctx); err != nil {
		return nil, err
	}
	visitors := map[string]int64{}
	for i, p := range profiles {
		if p.VisitorID != "" {
			visitors[p.VisitorID] = b.found[i].ID
		}
	}
	return b.found, s.Adopt(ctx, tx, visitors)
}

// upsert is one call of Service.Upsert.
type upsert struct {
	s        *Service
	tx       db.Tx
	now      time.Time
	profiles []*Profile
	ids      []identity
	found    []*Lead // per profile
	people   *directory
	changed  map[*Lead]bool // known leads to be written back
	pairs    []duplicate
}

// settle finds or creates the leads of the profiles at these places.
func (b *upsert) settle(ctx context.Context, places []int) error {
	ids := make([]identity, len(places))
	for n, i := range places {
		ids[n] = b.ids[i]
	}
	if err := b.people.load(ctx, b.s, b.tx, ids); err != nil {
		return err
	}
	var fresh []*Lead
	for _, i := range places {
		p, id := b.profiles[i], b.ids[i]
		l, rival := b.people.find(id)
		switch {
		case l == nil:
			l = &Lead{FirstTouch: p.Touch, CreatedAt: b.now}
			fresh = append(fresh, l)
		case l.ID != 0:
			b.changed[l] = true
		}
		id = b.people.fresh(id)
		if rival != nil {
			id.email = ""
			b.pairs = append(b.pairs, duplicate{l, rival, "email"})
		}
		l.take(p, id, b.now)
		b.people.add(l)
		b.found[i] = l
	}
	return b.insert(ctx, fresh, places)
}

// insert writes new leads. One that another server inserted a moment ago is looked
// for again.
func (b *upsert) insert(ctx context.Context, fresh []*Lead, places []int) error {
	if len(fresh) == 0 {
		return nil
	}
	// Everybody takes rows in one order, so that two batches of the same people wait
	// for each other instead of for ever.
	slices.SortFunc(fresh, func(x, y *Lead) int {
		return cmp.Or(cmp.Compare(x.ExternalID, y.ExternalID), cmp.Compare(x.EmailNorm, y.EmailNorm))
	})
	var made []struct {
		ID         int64
		EmailNorm  string
		ExternalID string
		PhoneNorm  string
	}
	if err := b.tx.NewInsert().Model(&fresh).ExcludeColumn("id").On("CONFLICT DO NOTHING").
		Returning("id, coalesce(email_norm, '') AS email_norm, coalesce(external_id, '') AS external_id, phone_norm").Scan(ctx, &made); err != nil {
		return fmt.Errorf("leads: insert: %w", err)
	}
	ids := make(map[identity]int64, len(made))
	for _, m := range made {
		ids[identity{m.ExternalID, m.EmailNorm, m.PhoneNorm}] = m.ID
	}
	raced := map[*Lead]bool{}
	for _, l := range fresh {
		if l.ID = ids[l.identity()]; l.ID == 0 {
			raced[l] = true
			b.people.remove(l)
		}
	}
	if len(raced) == 0 {
		return nil
	}
	again := slices.DeleteFunc(slices.Clone(places), func(i int) bool { return !raced[b.found[i]] })
	return b.settle(ctx, again)
}

// columns are what an update writes: all but what never changes.
var columns = []string{
	"email", "email_norm", "external_id", "phone", "phone_norm", "first_name", "last_name", "language", "time_zone", "country",
	"stage", "relation", "channel", "owner", "attributes", "last_touch", "folds", "name_fold", "name_turned", "updated_at",
}

// update writes known leads back, all in one statement.
func (b *upsert) update(ctx context.Context) error {
	if len(b.changed) == 0 {
		return nil
	}
	rows := make([]*Lead, 0, len(b.changed))
	for l := range b.changed {
		rows = append(rows, l)
	}
	return b.s.save(ctx, b.tx, rows)
}

// save writes the leads' fields, all in one statement. They must exist.
func (s *Service) save(ctx context.Context, tx db.Tx, rows []*Lead) error {
	slices.SortFunc(rows, func(x, y *Lead) int { return cmp.Compare(x.ID, y.ID) })
	q := tx.NewInsert().Model(&rows).On("CONFLICT (id) DO UPDATE")
	for _, column := range columns {
		q = q.Set("? = EXCLUDED.?", bun.Ident(column), bun.Ident(column))
	}
	if _, err := q.Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("leads: update: %w", err)
	}
	return nil
}
