package leads

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
)

// directory finds the leads of one batch by what they are recognised by.
type directory struct {
	byExternal, byEmail, byPhone map[string]*Lead
	byID                         map[int64]*Lead
	shared                       map[string]bool   // numbers of several leads: they recognise nobody
	taken                        map[identity]bool // external ids and e-mails that are somebody's
	old                          map[identity]bool // external ids and e-mails of leads merged away
}

func newDirectory() *directory {
	return &directory{map[string]*Lead{}, map[string]*Lead{}, map[string]*Lead{}, map[int64]*Lead{},
		map[string]bool{}, map[identity]bool{}, map[identity]bool{}}
}

func (l *Lead) identity() identity { return identity{l.ExternalID, l.EmailNorm, l.PhoneNorm} }

// load reads, and on PostgreSQL locks, everybody whom these identities may mean. A
// lead that was merged stands for the one it was merged into.
func (d *directory) load(ctx context.Context, s *Service, tx db.Tx, ids []identity) error {
	wanted, err := d.candidates(ctx, tx, ids)
	if err != nil {
		return err
	}
	owners, err := d.phoneOwners(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, owner := range owners {
		wanted = append(wanted, owner)
	}
	for len(wanted) > 0 { // twice only when somebody was merged a moment ago
		var rows []*Lead
		q := tx.NewSelect().Model(&rows).Where("id IN (?)", bun.List(wanted)).Order("id")
		if s.db.Dialect() == db.Postgres {
			q = q.For("UPDATE") // SQLite has one writer
		}
		if err := q.Scan(ctx); err != nil {
			return fmt.Errorf("leads: read: %w", err)
		}
		wanted = d.enter(rows)
	}
	for phone, owner := range owners {
		if l := d.byID[owner]; l != nil {
			d.alias(identity{phone: phone}, l)
		}
	}
	return nil
}

// candidates returns the ids of the leads with these external ids and e-mails.
func (d *directory) candidates(ctx context.Context, tx db.Tx, ids []identity) ([]int64, error) {
	var external, email []string
	for _, id := range ids {
		if id.external != "" {
			external = append(external, id.external)
		}
		if id.email != "" {
			email = append(email, id.email)
		}
	}
	if len(external)+len(email) == 0 {
		return nil, nil
	}
	var hits []*Lead
	q := tx.NewSelect().Model(&hits).Column("id", "merged_into", "email_norm", "external_id")
	if len(external) > 0 {
		q = q.WhereOr("?", db.Among("external_id", external))
	}
	if len(email) > 0 {
		q = q.WhereOr("?", db.Among("email_norm", email))
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("leads: find: %w", err)
	}
	var wanted []int64
	for _, l := range hits {
		d.taken[identity{external: l.ExternalID}], d.taken[identity{email: l.EmailNorm}] = true, true
		delete(d.taken, identity{})
		if wanted = append(wanted, l.ID); l.MergedInto != 0 {
			wanted = append(wanted, l.MergedInto)
		}
	}
	return wanted, nil
}

// phoneOwners returns, by their number, the ids of the leads that are the only ones
// with it, of the numbers whose people nothing else recognises.
func (d *directory) phoneOwners(ctx context.Context, tx db.Tx, ids []identity) (map[string]int64, error) {
	var phones []string
	for _, id := range ids {
		if id.phone != "" && !d.taken[identity{external: id.external}] && !d.taken[identity{email: id.email}] {
			phones = append(phones, id.phone)
		}
	}
	if len(phones) == 0 {
		return nil, nil
	}
	var owners []struct {
		PhoneNorm   string
		First, Last int64
	}
	if err := tx.NewSelect().Model((*Lead)(nil)).Column("phone_norm").
		ColumnExpr("min(coalesce(merged_into, id)) AS first").ColumnExpr("max(coalesce(merged_into, id)) AS last").
		Where("phone_norm <> ''").Where("?", db.AmongBytes("phone_norm", phones)).Group("phone_norm").Scan(ctx, &owners); err != nil {
		return nil, fmt.Errorf("leads: find by phone: %w", err)
	}
	alone := make(map[string]int64, len(owners))
	for _, o := range owners {
		if o.First == o.Last {
			alone[o.PhoneNorm] = o.First
		} else {
			d.shared[o.PhoneNorm] = true
		}
	}
	return alone, nil
}

// enter makes rows findable and returns the ids of those that merged rows stand for
// and that are missing.
func (d *directory) enter(rows []*Lead) (missing []int64) {
	for _, l := range rows {
		if l.MergedInto == 0 && d.byID[l.ID] == nil {
			d.byID[l.ID] = l
			d.add(l)
		}
	}
	for _, l := range rows {
		if l.MergedInto == 0 {
			continue
		}
		if into := d.byID[l.MergedInto]; into != nil {
			d.alias(l.identity(), into)
			d.old[identity{external: l.ExternalID}], d.old[identity{email: l.EmailNorm}] = true, true
		} else {
			missing = append(missing, l.ID, l.MergedInto)
		}
	}
	return missing
}

// add makes a lead findable.
func (d *directory) add(l *Lead) { d.alias(l.identity(), l) }

// alias makes a lead findable by an identity.
func (d *directory) alias(id identity, l *Lead) {
	if id.external != "" {
		d.byExternal[id.external] = l
	}
	if id.email != "" {
		d.byEmail[id.email] = l
	}
	if id.phone != "" {
		if other := d.byPhone[id.phone]; other != nil && other != l {
			d.shared[id.phone] = true
		}
		d.byPhone[id.phone] = l
	}
}

// renamed follows a lead whose external id was another one.
func (d *directory) renamed(l *Lead, was string) {
	if was != "" && was != l.ExternalID {
		delete(d.byExternal, was)
	}
	d.add(l)
}

// remove forgets a lead that could not be stored.
func (d *directory) remove(l *Lead) {
	id := l.identity()
	delete(d.byExternal, id.external)
	delete(d.byEmail, id.email)
	delete(d.byPhone, id.phone)
}

// find returns who an identity means, nil when nobody yet, and the other lead that has
// its e-mail, if there is one. An external id that anybody could have claimed stands in
// nobody's way but of those who are as unproven.
func (d *directory) find(id identity, unproven bool) (l, rival *Lead) {
	named := func(owner *Lead) bool { return owner.ExternalID != "" && (unproven || !owner.claimed()) }
	l = d.byExternal[id.external]
	if owner := d.byEmail[id.email]; owner != nil && owner != l {
		if l != nil || id.external != "" && named(owner) {
			return l, owner // the e-mail is that of somebody with another external id
		}
		l = owner
	}
	if l != nil || d.shared[id.phone] {
		return l, nil
	}
	owner := d.byPhone[id.phone]
	if owner == nil || id.email != "" && owner.EmailNorm != "" || id.external != "" && named(owner) {
		return nil, nil
	}
	return owner, nil
}

// fresh is what of an identity may be written into a lead: what it has through a lead
// merged into it stays that one's.
func (d *directory) fresh(id identity) identity {
	if d.old[identity{external: id.external}] {
		id.external = ""
	}
	if d.old[identity{email: id.email}] {
		id.email = ""
	}
	return id
}
