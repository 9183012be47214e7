package conditions

// Schema tells Where how the facts lie in the database. Names in it are ours, never
// a visitor's.
type Schema struct {
	Postgres bool   // otherwise SQLite
	Lead     string // how the query calls the row of a lead, which has the column id
	Folds    string // the column of that row with the folds of the fields

	// Columns are fields that have a column of their own beside the folds.
	Columns map[string]Column
	// Events is the table with the columns name, occurred_at, lead_id and folds. It
	// has one index beginning with (name, occurred_at) and one with lead_id.
	Events string
	// Numbers says where each figure is found.
	Numbers map[string]Number
	// Sets says who is in a set, by its kind.
	Sets map[string]Set

	// Few is for a query that looks at a few leads only and says itself at which:
	// the work is in proportion to those. Otherwise the predicate is written for
	// looking at all leads.
	Few bool
}

// Column is a column whose text folds to itself but for the case of its letters, and
// is no date. The empty text stands for no value.
type Column struct {
	Name     string
	Upper    bool // kept in upper case, otherwise in lower case
	Nullable bool
}

// Number is a figure per lead: a column that is never NULL, of a table with the
// column lead_id, or of the lead's own row when Table is empty. Without a row it is 0.
type Number struct {
	Table, Column string
}

// Set writes the query for the leads in the set's member of this name, as it stands
// in Facts.Sets: one column, lead_id, never NULL.
type Set func(name string) (query string, args []any)

// SetQuery is a Set whose query has the name for its one "?".
func SetQuery(query string) Set {
	return func(name string) (string, []any) { return query, []any{name} }
}
