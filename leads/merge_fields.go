package leads

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// attributePrefix stands before the name of an attribute where fields of all kinds are named.
const attributePrefix = "attributes."

// part is one field of a lead as merging sees it.
type part struct {
	name  string
	value func(l *Lead) []*string // what goes together: an address as typed and normalised
}

// parts are the fields that a person can choose between, in the order of a page. One that
// identifies the person is never lost: see identifying.
var parts = []part{
	{"email", func(l *Lead) []*string { return []*string{&l.Email, &l.EmailNorm} }},
	{"external_id", func(l *Lead) []*string { return []*string{&l.ExternalID} }},
	{"phone", func(l *Lead) []*string { return []*string{&l.Phone, &l.PhoneNorm} }},
	{"first_name", func(l *Lead) []*string { return []*string{&l.FirstName} }},
	{"last_name", func(l *Lead) []*string { return []*string{&l.LastName} }},
	{"language", func(l *Lead) []*string { return []*string{&l.Language} }},
	{"time_zone", func(l *Lead) []*string { return []*string{&l.TimeZone} }},
	{"country", func(l *Lead) []*string { return []*string{&l.Country} }},
	{"stage", func(l *Lead) []*string { return []*string{&l.Stage} }},
	{"relation", func(l *Lead) []*string { return []*string{&l.Relation} }},
	{"channel", func(l *Lead) []*string { return []*string{&l.Channel} }},
	{"owner", func(l *Lead) []*string { return []*string{&l.Owner} }},
}

// identifying says whether nobody else may have the same: such a value changes hands and
// is not copied. A telephone number may be several people's.
func (p part) identifying() bool { return p.name == "email" || p.name == "external_id" }

// reaches says whether a person is recognised or written to by it.
func (p part) reaches() bool { return p.identifying() || p.name == "phone" }

// absorb takes into a lead what the rules of Merge give it of another, and returns where
// the two differ. choose names fields with "this" or "other".
func (l *Lead) absorb(gone *Lead, choose map[string]string) ([]Conflict, error) {
	bad := errs.Fields{}
	for name, whose := range choose {
		known := strings.HasPrefix(name, attributePrefix) || slices.ContainsFunc(parts, func(p part) bool { return p.name == name })
		if !known || whose != "this" && whose != "other" {
			bad["fields."+name] = "errors.choice"
		}
	}
	if err := bad.OrNil(); err != nil {
		return nil, err
	}
	conflicts := []Conflict{}
	for _, p := range parts {
		mine, theirs := p.value(l), p.value(gone)
		other := *theirs[0] != "" && (*mine[0] == "" || choose[p.name] == "other")
		if *mine[0] != "" && *theirs[0] != "" && *mine[0] != *theirs[0] {
			conflicts = append(conflicts, Conflict{p.name, *mine[0], *theirs[0], other})
		}
		if !other {
			continue
		}
		for i := range mine {
			if p.identifying() {
				*mine[i], *theirs[i] = *theirs[i], *mine[i]
			} else {
				*mine[i] = *theirs[i]
			}
		}
		l.inherit(p.name, gone)
	}
	if l.Attributes == nil {
		l.Attributes = map[string]any{}
	}
	for _, name := range slices.Sorted(maps.Keys(gone.Attributes)) {
		mine, has := l.Attributes[name]
		theirs := gone.Attributes[name]
		other := !has || mine == nil || mine == "" || choose[attributePrefix+name] == "other"
		if has && mine != nil && mine != "" && !reflect.DeepEqual(mine, theirs) {
			conflicts = append(conflicts, Conflict{attributePrefix + name, mine, theirs, other})
		}
		if other {
			l.Attributes[name] = theirs
			l.inherit(attributePrefix+name, gone)
		}
	}
	l.absorbTouches(gone)
	return conflicts, nil
}

func (l *Lead) absorbTouches(gone *Lead) {
	if !gone.LastTouch.IsZero() && (l.LastTouch.IsZero() || gone.UpdatedAt.After(l.UpdatedAt)) {
		l.LastTouch = gone.LastTouch
	}
	earlier := gone.CreatedAt.Before(l.CreatedAt)
	if !gone.FirstTouch.IsZero() && (earlier || l.FirstTouch.IsZero()) {
		l.FirstTouch = gone.FirstTouch
	}
	if earlier {
		l.CreatedAt = gone.CreatedAt
	}
}

// cells are what of a lead merging and its undoing may change, by column.
func (l *Lead) cells() map[string]any {
	return map[string]any{
		"email": &l.Email, "email_norm": &l.EmailNorm, "external_id": &l.ExternalID, "phone": &l.Phone, "phone_norm": &l.PhoneNorm,
		"first_name": &l.FirstName, "last_name": &l.LastName, "language": &l.Language, "time_zone": &l.TimeZone, "country": &l.Country,
		"stage": &l.Stage, "relation": &l.Relation, "channel": &l.Channel, "owner": &l.Owner, "attributes": &l.Attributes, "told": &l.Told,
		"first_touch": &l.FirstTouch, "last_touch": &l.LastTouch, "created_at": &l.CreatedAt, "updated_at": &l.UpdatedAt,
	}
}

func (l *Lead) snapshot() snapshot {
	out := snapshot{}
	for column, cell := range l.cells() {
		out[column], _ = json.Marshal(cell) // texts, times and what came from JSON
	}
	return out
}

// lead is the lead that a snapshot was taken of.
func (s snapshot) lead() (*Lead, error) {
	l := &Lead{}
	for column, cell := range l.cells() {
		if raw, ok := s[column]; ok {
			if err := json.Unmarshal(raw, cell); err != nil {
				return nil, fmt.Errorf("leads: merge: %s as it was: %w", column, err)
			}
		}
	}
	return l, nil
}

// restore puts back what merging changed and nobody changed since: before is the lead as
// it was, after as merging left it.
func (l *Lead) restore(before, after *Lead) {
	now, was, became := l.snapshot(), before.snapshot(), after.snapshot()
	fresh := maps.Clone(l.Attributes)
	for column, cell := range l.cells() {
		if column != "attributes" && column != "told" && bytes.Equal(now[column], became[column]) {
			// A snapshot reads back what it wrote; nothing is left over of the old value.
			reflect.ValueOf(cell).Elem().SetZero()
			_ = json.Unmarshal(was[column], cell)
		}
	}
	names := maps.Clone(before.Attributes)
	if names == nil {
		names = map[string]any{}
	}
	maps.Copy(names, fresh)
	for name := range names {
		if !reflect.DeepEqual(fresh[name], after.Attributes[name]) {
			continue
		}
		if old, had := before.Attributes[name]; had {
			fresh[name] = old
		} else {
			delete(fresh, name)
		}
	}
	l.Attributes = fresh
	l.restoreTold(before)
}

// restoreTold puts back, with each value that is as it was before, who told it.
func (l *Lead) restoreTold(before *Lead) {
	names := map[string]bool{}
	for name := range l.Told {
		names[name] = true
	}
	for name := range before.Told {
		names[name] = true
	}
	for name := range names {
		if reflect.DeepEqual(l.toldValue(name), before.toldValue(name)) {
			l.inherit(name, before)
		}
	}
}

// toldValue is the value that Told has under a name.
func (l *Lead) toldValue(name string) any {
	if attribute, ok := strings.CutPrefix(name, attributePrefix); ok {
		return l.Attributes[attribute]
	}
	if name == lastTouch {
		return l.LastTouch
	}
	if i := slices.IndexFunc(parts, func(p part) bool { return p.name == name }); i >= 0 {
		return *parts[i].value(l)[0]
	}
	return nil
}
