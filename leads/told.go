package leads

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// Telling is how a value came to a lead that a site, an app or a server told: what staff,
// forms and lists say has none.
type Telling struct {
	At   time.Time `json:"at"`             // when it was said
	Open bool      `json:"open,omitempty"` // by a key that stands in public: anybody could have said it
}

// lastTouch is what Told calls the last touch.
const lastTouch = "last_touch"

// mostTold bounds the attributes of a lead to which sites and apps add: a name made up
// for each message would otherwise grow without end.
const mostTold = 500

// claimed says whether anybody could have given the lead its external id.
func (l *Lead) claimed() bool { return l.Told["external_id"].Open }

// Claimed is what pages mark: an external id that only a page or an app has told.
func (l Lead) Claimed() bool { return l.ExternalID != "" && l.claimed() }

// told notes that a profile has set a field.
func (l *Lead) told(field string, p *Profile, now time.Time) {
	if p.At.IsZero() && !p.Unproven {
		delete(l.Told, field)
		return
	}
	t := Telling{p.At.UTC(), p.Unproven}
	if p.At.IsZero() {
		t.At = now
	}
	if l.Told == nil {
		l.Told = map[string]Telling{}
	}
	l.Told[field] = t
}

// keeps says whether a value that the lead has stays, whatever the profile says: over what
// anybody could have said what somebody is known to have said, and else the newer.
func (l *Lead) keeps(field string, p *Profile) bool {
	t, told := l.Told[field]
	if !told || t.Open != p.Unproven {
		return p.Unproven
	}
	return !p.At.IsZero() && p.At.Before(t.At)
}

// believed is what of a profile is written into a lead that is known. Nothing that anybody
// could have said replaces who they are or where they are written to.
func (p *Profile) believed(l *Lead, id identity) (*Profile, identity, error) {
	if p.At.IsZero() && !p.Unproven {
		return p, id, nil
	}
	n := *p
	for _, part := range parts {
		if *part.value(l)[0] != "" && (p.Unproven && part.reaches() || l.keeps(part.name, p)) {
			*n.text(part.name) = ""
			if names := []string{"first_name", "last_name"}; slices.Contains(names, part.name) {
				n.FirstName, n.LastName = "", "" // one name, of one person
			}
		}
	}
	n.Attributes = maps.Clone(p.Attributes)
	if !n.Touch.IsZero() && p.At.Before(l.Told[lastTouch].At) {
		n.Touch = Touch{}
	}
	added := 0
	maps.DeleteFunc(n.Attributes, func(name string, _ any) bool {
		_, has := l.Attributes[name]
		if !has {
			added++
		}
		return has && l.keeps(attributePrefix+name, p)
	})
	if added > 0 && l.heldBy(p)+added > mostTold {
		return nil, id, errs.Fields{"traits": "errors.lead.attributes=" + strconv.Itoa(mostTold)}
	}
	if n.Email == "" {
		id.email = ""
	}
	if n.ExternalID == "" {
		id.external = ""
	}
	return &n, id, nil
}

// heldBy is how many attributes of the lead come from sources like the profile's: those
// that anybody could fill leave room for those who know, and the other way round.
func (l *Lead) heldBy(p *Profile) (n int) {
	for name := range l.Attributes {
		if l.Told[attributePrefix+name].Open == p.Unproven {
			n++
		}
	}
	return n
}

// edited forgets who told what a person has changed by hand.
func (l *Lead) edited(before *Lead) {
	l.Told = maps.Clone(before.Told)
	maps.DeleteFunc(l.Told, func(field string, _ Telling) bool {
		if name, ok := strings.CutPrefix(field, attributePrefix); ok {
			return !reflect.DeepEqual(before.Attributes[name], l.Attributes[name])
		}
		return before.editable()[field] != nil && *before.editable()[field] != *l.editable()[field]
	})
}

// inherit takes over, with the value of a field, who told it.
func (l *Lead) inherit(field string, from *Lead) {
	t, told := from.Told[field]
	if !told {
		delete(l.Told, field)
		return
	}
	if l.Told == nil {
		l.Told = map[string]Telling{}
	}
	l.Told[field] = t
}
