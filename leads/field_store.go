package leads

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/manifest"
)

// fields is where the catalogue is.
func (s *Service) fields() manifest.Table[Field, *Field] {
	return manifest.Table[Field, *Field]{Table: "fields", Kind: "field", Now: s.clock.Now, Check: s.checkField}
}

// Kinds are the documents that set the catalogue of fields up.
func (s *Service) Kinds() []manifest.Kind { return []manifest.Kind{s.fields()} }

// checkField refuses to make of a field what the values that leads have of it are not,
// and has those that fit converted. A new field takes what is there as it is.
func (s *Service) checkField(ctx context.Context, tx db.Tx, f *Field) error {
	return s.checkValues(ctx, tx, f, func(isNew bool) bool { return !isNew })
}

// declare stores a field. Unless it is to be done anyway, values of leads that would not
// fit are a misfitError, also where the field is new.
func (s *Service) declare(ctx context.Context, tx db.Tx, f *Field, anyway bool) error {
	t := s.fields()
	t.Check = func(ctx context.Context, tx db.Tx, f *Field) error {
		return s.checkValues(ctx, tx, f, func(bool) bool { return !anyway })
	}
	return t.Apply(ctx, tx, f)
}

// checkValues is for a field that is new or takes less than it did. Where strict says
// so, values that would not fit are a misfitError.
func (s *Service) checkValues(ctx context.Context, tx db.Tx, f *Field, strict func(isNew bool) bool) error {
	old, err := s.fields().Find(ctx, tx, f.Key)
	isNew := errors.Is(err, errs.NotFound)
	switch {
	case err != nil && !isNew:
		return err
	case !isNew && !f.narrower(&old.Definition):
		return nil
	}
	if strict(isNew) {
		m, err := s.misfits(ctx, tx, f)
		if err != nil {
			return err
		}
		if m.Leads > 0 {
			return &misfitError{m, f.Key}
		}
	}
	return s.convertLater(ctx, tx, f.Key)
}

// misfitError are values that a field's new form would not take. It is of kind Conflict.
type misfitError struct {
	misfits
	field string
}

func (e *misfitError) Error() string {
	return fmt.Sprintf("field %q: %d leads have a value that would not fit: %s", e.field, e.Leads, strings.Join(e.Examples, ", "))
}
func (e *misfitError) Unwrap() error { return errs.Conflict }

// narrower says whether something may have fitted the other that does not fit f.
func (f *Field) narrower(other *Field) bool {
	rules := func(f *Field) any {
		var values []string
		for _, o := range f.Options {
			values = append(values, o.Value)
		}
		return []any{f.Type, values, f.MaxLength, f.Min, f.Max}
	}
	return !manifest.Same(rules(f), rules(other))
}

// misfits are the values of leads that are none of a field's.
type misfits struct {
	Leads    int64    // that have such a value
	Values   int64    // leads that have a value at all
	Examples []string // a few of the values that do not fit, as JSON
}

// misfits looks through the values that leads have of a field. It reads all leads, and
// is for the rare moment in which a field is declared anew.
func (s *Service) misfits(ctx context.Context, idb bun.IDB, f *Field) (misfits, error) {
	value := bun.SafeQuery("json_extract(attributes, ?)", `$."`+f.Key+`"`)
	kind := bun.SafeQuery("json_type(attributes, ?)", `$."`+f.Key+`"`)
	if s.db.Dialect() == db.Postgres {
		value = bun.SafeQuery("attributes ->> ?", f.Key)
		kind = bun.SafeQuery("jsonb_typeof(attributes -> ?)", f.Key)
	}
	rows, err := idb.NewSelect().Model((*Lead)(nil)).ColumnExpr("? AS kind, CAST(? AS TEXT) AS value, count(*) AS n", kind, value).
		Where("? IS NOT NULL", kind).Where("? <> 'null'", kind).GroupExpr("1, 2").OrderExpr("n DESC, value").Rows(ctx)
	if err != nil {
		return misfits{}, fmt.Errorf("field %q: look at the values: %w", f.Key, err)
	}
	defer rows.Close()
	var m misfits
	for rows.Next() {
		var kind, text string
		var n int64
		if err := rows.Scan(&kind, &text, &n); err != nil {
			return misfits{}, fmt.Errorf("field %q: look at the values: %w", f.Key, err)
		}
		m.Values += n
		if _, message := f.check(jsonValue(kind, text)); message != "" {
			m.Leads += n
			if len(m.Examples) < 5 {
				m.Examples = append(m.Examples, "“"+clip(text, 40)+"”")
			}
		}
	}
	if err := rows.Err(); err != nil {
		return misfits{}, fmt.Errorf("field %q: look at the values: %w", f.Key, err)
	}
	return m, nil
}

// jsonValue is a value of JSON from the names that the databases have for its type and
// its text.
func jsonValue(kind, text string) any {
	switch kind {
	case "text", "string":
		return text
	case "true", "false":
		return kind == "true"
	}
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	return v
}

// clip cuts a text that is only shown.
func clip(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// undeclaredNames are the attributes, of the 500 newest leads, that nobody has declared.
func (s *Service) undeclaredNames(ctx context.Context, c Catalogue) ([]string, error) {
	var rows []*Lead
	if err := s.db.Read().NewSelect().Model(&rows).Column("attributes").Where("merged_into IS NULL").Order("id DESC").Limit(500).Scan(ctx); err != nil {
		return nil, fmt.Errorf("fields: look for others: %w", err)
	}
	seen := map[string]bool{}
	for _, l := range rows {
		for name, value := range l.Attributes {
			if _, declared := c.Find(name); !declared && value != nil {
				seen[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen)), nil
}

// guess gives a field the narrowest type that all values fit that leads have of it.
func (s *Service) guess(ctx context.Context, f *Field) error {
	for _, kind := range []string{FieldYesNo, FieldNumber, FieldDate, FieldURL} {
		m, err := s.misfits(ctx, s.db.Read(), &Field{Key: f.Key, Type: kind})
		if err != nil {
			return err
		}
		if m.Leads == 0 && m.Values > 0 {
			f.Type = kind
			return nil
		}
	}
	return nil
}
