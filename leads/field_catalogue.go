package leads

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Catalogue are the fields that a team has declared. What is not declared may be said
// of leads all the same: it is taken as it comes. The zero value declares nothing.
type Catalogue struct {
	fields []*Field // by order and key
	byName map[string]*Field
}

// Fields is the catalogue as it stands.
func (s *Service) Fields(ctx context.Context) (Catalogue, error) {
	rows, err := s.fields().List(ctx, s.db.Read())
	if err != nil {
		return Catalogue{}, err
	}
	c := Catalogue{byName: make(map[string]*Field, len(rows))}
	for _, row := range rows {
		c.fields = append(c.fields, &row.Definition)
		c.byName[row.Key] = &row.Definition
	}
	slices.SortFunc(c.fields, func(a, b *Field) int { return cmp.Or(cmp.Compare(a.Order, b.Order), strings.Compare(a.Key, b.Key)) })
	return c, nil
}

// All are the declared fields in the order in which they are shown, archived ones too.
func (c Catalogue) All() []*Field { return c.fields }

// Find returns the field of this name, archived or not.
func (c Catalogue) Find(name string) (*Field, bool) {
	f, ok := c.byName[name]
	return f, ok
}

// Parse turns what somebody typed, or what a file holds, into the value of a field:
// Persian and Arabic digits, Jalali and Gregorian dates (kept as 2006-01-02), yes and
// no in both languages, choices by value or by label. Nothing typed is nil. What does
// not fit is errs.Fields under the field's name; of a field that is not declared
// everything fits, as a text.
func (c Catalogue) Parse(name, raw string) (any, error) {
	f, ok := c.byName[name]
	if !ok {
		f = undeclared(name)
	}
	value, message := f.parse(raw)
	if message != "" {
		return nil, errs.Fields{name: message}
	}
	return value, nil
}

// Check brings a value of JSON to its field's type, texts as Parse does. nil and what
// is empty are nil. What does not fit is errs.Fields under the field's name; of a
// field that is not declared everything fits that JSON can say, up to 10 KB.
func (c Catalogue) Check(name string, value any) (any, error) {
	f, ok := c.byName[name]
	if !ok {
		return checkUndeclared(name, value)
	}
	value, message := f.check(value)
	if message != "" {
		return nil, errs.Fields{name: message}
	}
	return value, nil
}

// Label is what a field is called: its declared label, else its name.
func (c Catalogue) Label(name string, lang i18n.Lang) string {
	if f, ok := c.byName[name]; ok {
		return f.Label.In(lang)
	}
	return name
}

// Fits says whether a stored value is one of its field's type.
func (c Catalogue) Fits(name string, value any) bool {
	f, ok := c.byName[name]
	if !ok {
		return true
	}
	_, message := f.check(value)
	return message == ""
}

// undeclared is the field that everything fits.
func undeclared(name string) *Field {
	return &Field{Key: name, Type: FieldText, MaxLength: 10_000}
}

func checkUndeclared(name string, value any) (any, error) {
	if slices.Contains(BuiltIn, name) {
		return nil, errs.Fields{name: "errors.built_in"}
	}
	if strings.TrimSpace(name) == "" || len(name) > 2*fieldNameLength {
		return nil, errs.Fields{"attributes": "errors.attribute_name"}
	}
	if !sayable(value, 0) {
		return nil, errs.Fields{name: "errors.attribute_value"}
	}
	if text, ok := value.(string); ok {
		value, message := undeclared(name).parse(text)
		if message != "" {
			return nil, errs.Fields{name: message}
		}
		return value, nil
	}
	return value, nil
}

// sayable says whether a value is one of JSON that both databases can keep: no NUL,
// not too deep, not too long.
func sayable(value any, depth int) bool {
	const deepest, longest = 5, 1000
	switch v := value.(type) {
	case nil, bool, float64, int, int64:
		return true
	case string:
		return len(v) <= 40_000 && !strings.ContainsRune(v, 0)
	case []any:
		return depth < deepest && len(v) <= longest && !slices.ContainsFunc(v, func(e any) bool { return !sayable(e, depth+1) })
	case map[string]any:
		if depth >= deepest || len(v) > longest {
			return false
		}
		for name, e := range v {
			if strings.ContainsRune(name, 0) || !sayable(e, depth+1) {
				return false
			}
		}
		return true
	}
	return false
}
