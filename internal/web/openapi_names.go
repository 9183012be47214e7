package web

import (
	"path"
	"reflect"
	"strings"
	"time"
	"unicode"
)

// names gives types the names that generated clients will call them by: Lead for
// leads.apiLead, LeadList for a List of them. Two types of one name are told apart by
// their packages, and one that is read otherwise than it is written by its use.
type names struct {
	taken map[string]namedUse
	given map[namedUse]string
}

type namedUse struct {
	t   reflect.Type
	use string
}

func newNames() *names {
	return &names{taken: map[string]namedUse{}, given: map[namedUse]string{}}
}

// of names types for one use; the use is what is added to a name that is taken.
func (n *names) of(use string) func(reflect.Type) string {
	return func(t reflect.Type) string { return n.name(t, use) }
}

func (n *names) name(t reflect.Type, use string) string {
	if t.Name() == "" || t.PkgPath() == "" {
		return "" // a list, a map or one of Go's own
	}
	if k := t.Kind(); k != reflect.Struct && k != reflect.Slice && k != reflect.Map || t == reflect.TypeFor[time.Time]() {
		return t.PkgPath() + "." + t.Name() // stands nowhere: such a type is described where it is used
	}
	who := namedUse{t, use}
	if n.given[who] == "" {
		name := n.plain(t, use)
		if other, taken := n.taken[name]; taken && other.t.PkgPath() != t.PkgPath() {
			name = title(path.Base(t.PkgPath())) + name
		}
		for n.taken[name].t != nil {
			name += use
		}
		n.taken[name], n.given[who] = who, name
	}
	return n.given[who]
}

// plain is a type's name without what only Go needs.
func (n *names) plain(t reflect.Type, use string) string {
	if t.Implements(reflect.TypeFor[interface{ isList() }]()) {
		item := t.Field(0).Type.Elem()
		for item.Kind() == reflect.Pointer {
			item = item.Elem()
		}
		if item.PkgPath() == "" {
			return title(item.Kind().String()) + "List"
		}
		return n.name(item, use) + "List"
	}
	name, _, _ := strings.Cut(t.Name(), "[")
	if rest, ok := strings.CutPrefix(name, "api"); ok && rest != "" && unicode.IsUpper(rune(rest[0])) {
		name = rest
	}
	return title(name)
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
