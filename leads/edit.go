package leads

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/mail"
)

// TakenError says that an external id or an e-mail is another lead's already: perhaps
// the two are one person. It is of kind Conflict.
type TakenError struct {
	Field string // "email" or "external_id"
	By    int64  // the lead that has it
}

// Error names the field and the other lead.
func (e *TakenError) Error() string {
	return fmt.Sprintf("%s: lead %d has it already", e.Field, e.By)
}

// Unwrap makes errors.Is(e, errs.Conflict) true.
func (e *TakenError) Unwrap() error { return errs.Conflict }

// Change changes a lead within tx and puts what changed, from what to what, on the
// timeline. edit sets what it likes of the fields that every lead has and of the
// attributes; an attribute of nil is taken away. It is given the lead as nobody else
// can change it until the transaction ends.
//
// What cannot be is errs.Fields, an identity that is another lead's a TakenError, a lead
// that has been merged or erased a Conflict. by says who did it, as a source of events:
// "account:mina@example.com". Nothing changed leaves no trace.
func (s *Service) Change(ctx context.Context, tx db.Tx, id int64, by string, edit func(l *Lead) error) (*Lead, error) {
	before, err := s.lock(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	switch {
	case before.MergedInto != 0:
		return nil, fmt.Errorf("lead %d: has been merged into lead %d: %w", id, before.MergedInto, errs.Conflict)
	case !before.ErasedAt.IsZero():
		return nil, fmt.Errorf("lead %d: has been erased: %w", id, errs.Conflict)
	}
	after := *before
	after.Attributes = maps.Clone(before.Attributes)
	if after.Attributes == nil {
		after.Attributes = map[string]any{}
	}
	if err := edit(&after); err != nil {
		return nil, err
	}
	if err := s.settle(before, &after); err != nil {
		return nil, err
	}
	if err := s.free(ctx, tx, before, &after); err != nil {
		return nil, err
	}
	event := updated(before, &after)
	if event == nil {
		return before, nil
	}
	after.UpdatedAt = s.clock.Now()
	after.edited(before)
	after.fold()
	if err := s.save(ctx, tx, []*Lead{&after}); err != nil {
		if db.IsUnique(err) { // somebody else's a moment ago
			return nil, fmt.Errorf("lead %d: %w", id, errs.Conflict)
		}
		return nil, err
	}
	if before.PhoneNorm != after.PhoneNorm {
		if err := s.notePhone(ctx, tx, &after); err != nil {
			return nil, err
		}
	}
	event.Source = by
	return &after, s.Record(ctx, tx, event)
}

// sharedPhones is how many others with a lead's number are noted as perhaps the same: of
// a switchboard's number more would say nothing.
const sharedPhones = 5

// notePhone notes who has the number that a lead was just given: perhaps the same person,
// perhaps a family.
func (s *Service) notePhone(ctx context.Context, tx db.Tx, l *Lead) error {
	if l.PhoneNorm == "" {
		return nil
	}
	var others []*Lead
	if err := tx.NewSelect().Model(&others).Column("id").Where("phone_norm <> ''").Where("?", db.AmongBytes("phone_norm", []string{l.PhoneNorm})).Where("id <> ?", l.ID).
		Where("merged_into IS NULL").Where("erased_at IS NULL").Order("id").Limit(sharedPhones).Scan(ctx); err != nil {
		return fmt.Errorf("lead %d: who has its number: %w", l.ID, err)
	}
	var pairs []duplicate
	for _, other := range others {
		pairs = append(pairs, duplicate{l, other, "phone"})
	}
	return s.noteDuplicates(ctx, tx, pairs)
}

// lock reads a lead so that nobody else changes it before the transaction ends.
func (s *Service) lock(ctx context.Context, tx db.Tx, id int64) (*Lead, error) {
	l := new(Lead)
	q := tx.NewSelect().Model(l).Where("id = ?", id)
	if s.db.Dialect() == db.Postgres {
		q = q.For("UPDATE") // SQLite has one writer
	}
	switch err := q.Scan(ctx); {
	case errors.Is(err, sql.ErrNoRows):
		return nil, fmt.Errorf("lead %d: %w", id, errs.NotFound)
	case err != nil:
		return nil, fmt.Errorf("lead %d: %w", id, err)
	}
	return l, nil
}

// settle checks what was edited and brings what is derived of it up to date. What was
// wrong before and was not touched may stay so.
func (s *Service) settle(before, l *Lead) error {
	for _, field := range []*string{&l.FirstName, &l.LastName, &l.Email, &l.Phone, &l.ExternalID} {
		*field = visible(*field)
	}
	l.Country = strings.ToUpper(l.Country)
	maps.DeleteFunc(l.Attributes, func(_ string, v any) bool { return v == nil })
	p := l.profile()
	bad := errs.Fields{}
	if fields, ok := errs.AsFields(p.Check()); ok {
		bad = fields
	}
	id := s.identify(p)
	if l.Email != "" && checkEmail(id.email) != nil {
		bad["email"] = "errors.email"
	}
	if l.Phone != "" && id.phone == "" {
		bad["phone"] = "errors.phone"
	}
	was, is := before.values(), l.values()
	maps.DeleteFunc(bad, func(name, _ string) bool { return reflect.DeepEqual(was[name], is[name]) })
	if !id.known() && len(bad) == 0 {
		bad["email"] = "errors.lead.unknown"
	}
	l.EmailNorm, l.PhoneNorm = id.email, id.phone
	return bad.OrNil()
}

// checkEmail says whether mail can be sent to an address.
func checkEmail(address string) error {
	if err := mail.CheckAddress(address); err != nil {
		return err
	}
	return addresses.Var(address, "email")
}

var addresses = validator.New()

// free makes sure that what the lead is now known by is nobody else's.
func (s *Service) free(ctx context.Context, tx db.Tx, before, after *Lead) error {
	for _, c := range []struct{ field, column, was, is string }{
		{"email", "email_norm", before.EmailNorm, after.EmailNorm},
		{"external_id", "external_id", before.ExternalID, after.ExternalID},
	} {
		if c.is == "" || c.is == c.was {
			continue
		}
		var owner int64
		err := tx.NewSelect().Model((*Lead)(nil)).ColumnExpr("coalesce(merged_into, id)").Where(c.column+" = ?", c.is).Scan(ctx, &owner)
		switch {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return fmt.Errorf("lead %d: %s: %w", after.ID, c.field, err)
		case owner == after.ID: // of somebody who turned out to be this one: it stays there
			return errs.Fields{c.field: "errors.lead.own_" + c.field}
		default:
			return &TakenError{c.field, owner}
		}
	}
	return nil
}

// profile is the lead as if it were said anew.
func (l *Lead) profile() *Profile {
	return &Profile{
		ExternalID: l.ExternalID, Email: l.Email, Phone: l.Phone, FirstName: l.FirstName, LastName: l.LastName,
		Language: l.Language, TimeZone: l.TimeZone, Country: l.Country, Stage: l.Stage, Relation: l.Relation,
		Channel: l.Channel, Owner: l.Owner, Attributes: l.Attributes,
	}
}

// editable are the fields that every lead has and that can be changed, by name.
func (l *Lead) editable() map[string]*string {
	return map[string]*string{
		"external_id": &l.ExternalID, "email": &l.Email, "phone": &l.Phone, "first_name": &l.FirstName, "last_name": &l.LastName,
		"language": &l.Language, "time_zone": &l.TimeZone, "country": &l.Country, "stage": &l.Stage, "relation": &l.Relation,
		"channel": &l.Channel, "owner": &l.Owner,
	}
}

// updated is the event of what changed between the two, nil when nothing did. Its
// properties are the names of what changed, and what each was and is; what was not
// there is left out.
func updated(before, after *Lead) *Event {
	was, is := before.values(), after.values()
	from, to := map[string]any{}, map[string]any{}
	var changed []any
	names := slices.Collect(maps.Keys(is))
	for name := range was {
		if _, both := is[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if reflect.DeepEqual(was[name], is[name]) {
			continue
		}
		changed = append(changed, name)
		if v := was[name]; v != nil {
			from[name] = v
		}
		if v := is[name]; v != nil {
			to[name] = v
		}
	}
	if changed == nil {
		return nil
	}
	return &Event{LeadID: after.ID, Name: EventLeadUpdated, Properties: map[string]any{"changed": changed, "from": from, "to": to}}
}

// values are all that can be changed of a lead, without what is empty.
func (l *Lead) values() map[string]any {
	all := make(map[string]any, len(l.Attributes)+8)
	for name, value := range l.Attributes {
		if value != nil {
			all[name] = value
		}
	}
	for name, field := range l.editable() {
		if *field != "" {
			all[name] = *field
		}
	}
	return all
}
