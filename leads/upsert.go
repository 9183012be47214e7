package leads

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
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
	b := &settling{s: s, tx: tx, now: s.clock.Now(), list: make([]*Candidate, len(profiles))}
	for i, p := range profiles {
		if b.list[i] = s.candidate(p); b.list[i].Err != nil {
			return nil, b.list[i].Err
		}
	}
	if err := b.run(ctx); err != nil {
		return nil, err
	}
	found, visitors := make([]*Lead, len(profiles)), map[string]int64{}
	for i, p := range profiles {
		if found[i] = b.out[i].Lead; p.VisitorID != "" {
			visitors[p.VisitorID] = found[i].ID
		}
	}
	return found, s.Adopt(ctx, tx, visitors)
}

// settling is one call of Upsert or Import.
type settling struct {
	s       *Service
	tx      db.Tx
	now     time.Time
	list    []*Candidate
	out     []Imported
	skip    bool
	people  *directory
	changed map[*Lead]bool
	packed  map[*Lead]db.Packed // who is new and as they were made ready
	renamed map[*Lead]bool      // whose external id in the database is not theirs any more
	pairs   []duplicate
	rounds  int
}

// mostRounds is how often a batch looks again for people whom others inserted meanwhile.
const mostRounds = 10

// run settles everybody who can be taken and writes it down.
func (b *settling) run(ctx context.Context) error {
	b.out, b.people = make([]Imported, len(b.list)), newDirectory()
	b.changed, b.packed, b.renamed = map[*Lead]bool{}, map[*Lead]db.Packed{}, map[*Lead]bool{}
	var places []int
	for i, c := range b.list {
		if b.out[i].Err = c.Err; c.Err == nil {
			places = append(places, i)
		}
	}
	if err := b.settle(ctx, places); err != nil {
		return err
	}
	if err := b.free(ctx); err != nil {
		return err
	}
	changed := slices.SortedFunc(maps.Keys(b.changed), func(x, y *Lead) int { return cmp.Compare(x.ID, y.ID) })
	if _, err := db.UpdateMany(ctx, b.tx, changed, columns...); err != nil {
		return err
	}
	return b.s.noteDuplicates(ctx, b.tx, b.pairs)
}

// free gives up, in the database, the external ids that leads have lost: somebody else may
// have them in this very batch.
func (b *settling) free(ctx context.Context) error {
	var ids []int64
	for l := range b.renamed {
		if l.ID != 0 && b.changed[l] {
			ids = append(ids, l.ID)
		}
	}
	if clear(b.renamed); len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	if _, err := b.tx.NewUpdate().Model((*Lead)(nil)).Set("external_id = NULL").Where("id IN (?)", bun.List(ids)).Exec(ctx); err != nil {
		return fmt.Errorf("leads: free external ids: %w", err)
	}
	return nil
}

// owner is whom a profile means when its external id and its e-mail are two leads': the
// lead of the id, but not where somebody who knows speaks and the id was only claimed for
// somebody with another address; then it goes to whom the address belongs.
func (b *settling) owner(c *Candidate, l, rival *Lead) (*Lead, *Lead) {
	if b.skip {
		return l, rival // nobody who is known is changed
	}
	if l == nil || rival == nil || c.Unproven || !l.claimed() || l.EmailNorm == "" || rival.ExternalID != "" && !rival.claimed() {
		return l, rival
	}
	was := l.ExternalID
	l.ExternalID = ""
	delete(l.Told, "external_id")
	l.fold()
	if l.ID != 0 {
		b.changed[l] = true
	}
	b.renamed[l] = true
	delete(b.packed, l)
	b.people.renamed(l, was)
	return rival, nil
}

// settle finds or creates the leads of the candidates at these places.
func (b *settling) settle(ctx context.Context, places []int) error {
	if b.rounds++; b.rounds > mostRounds {
		return fmt.Errorf("leads: %d people are still somebody else's after %d rounds", len(places), mostRounds)
	}
	ids := make([]identity, len(places))
	for n, i := range places {
		ids[n] = b.list[i].id
	}
	if err := b.people.load(ctx, b.s, b.tx, ids); err != nil {
		return err
	}
	fresh := map[*Lead]bool{}
	for _, i := range places {
		c, id := b.list[i], b.list[i].id
		l, rival := b.people.find(id, c.Unproven)
		l, rival = b.owner(c, l, rival)
		ready := false // taken as it was made ready
		if b.out[i] = (Imported{Lead: l}); l == nil {
			if ready = c.lead != nil && rival == nil && b.people.fresh(id) == id; ready {
				l, c.lead = c.lead, nil
				b.packed[l] = c.packed
			} else {
				l = &Lead{FirstTouch: c.Touch, CreatedAt: b.now}
			}
			fresh[l], b.out[i] = true, Imported{Lead: l, Created: true}
		} else if b.skip {
			b.out[i].Skipped = true
			continue
		} else if !fresh[l] {
			b.changed[l] = true
		}
		id = b.people.fresh(id)
		if rival != nil {
			id.email = ""
			b.pairs = append(b.pairs, duplicate{l, rival, "email"})
		}
		if !ready {
			said, id, err := c.believed(l, id)
			if err != nil {
				return err
			}
			was := l.ExternalID
			l.take(said, id, b.now)
			delete(b.packed, l)
			if b.people.renamed(l, was); was != "" && was != l.ExternalID {
				b.renamed[l] = true
			}
		} else {
			b.people.add(l)
		}
	}
	return b.insert(ctx, fresh, places)
}

// insert writes new leads. One that another server inserted a moment ago is looked for
// again.
func (b *settling) insert(ctx context.Context, fresh map[*Lead]bool, places []int) error {
	rows := make([]*Lead, 0, len(fresh))
	for l := range fresh {
		rows = append(rows, l)
	}
	// Everybody takes rows in one order, so that two batches of the same people wait
	// for each other instead of for ever.
	slices.SortFunc(rows, func(x, y *Lead) int {
		return cmp.Or(cmp.Compare(x.ExternalID, y.ExternalID), cmp.Compare(x.EmailNorm, y.EmailNorm))
	})
	if err := b.free(ctx); err != nil {
		return err
	}
	ids, err := db.NextIDs(ctx, b.tx, "leads", len(rows))
	if err != nil {
		return err
	}
	for i, l := range rows {
		l.ID = ids[i]
	}
	n, err := db.InsertPacked(ctx, b.tx, rows, b.packed, "ON CONFLICT DO NOTHING")
	if err != nil || n == int64(len(rows)) {
		return err
	}
	var made []int64
	if err := b.tx.NewSelect().Model((*Lead)(nil)).Column("id").Where("id IN (?)", bun.List(ids)).Scan(ctx, &made); err != nil {
		return fmt.Errorf("leads: insert: %w", err)
	}
	raced := map[*Lead]bool{}
	for _, l := range rows {
		if !slices.Contains(made, l.ID) {
			raced[l] = true
			b.people.remove(l)
		}
	}
	b.pairs = slices.DeleteFunc(b.pairs, func(p duplicate) bool { return raced[p.lead] || raced[p.other] })
	return b.settle(ctx, slices.DeleteFunc(slices.Clone(places), func(i int) bool { return !raced[b.out[i].Lead] }))
}

// columns are what an update writes: all but when the lead came.
var columns = []string{
	"email", "email_norm", "external_id", "phone", "phone_norm", "first_name", "last_name", "language", "time_zone", "country",
	"stage", "relation", "channel", "owner", "attributes", "told", "first_touch", "last_touch", "folds", "name_fold", "name_turned", "updated_at",
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
