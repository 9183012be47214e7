package testkit

import "testing"

// A Database is where one run of a store test keeps its data.
type Database struct {
	// Name is "sqlite" or "postgres".
	Name string
	// URL is what SARNAKH_DATABASE would hold: empty for SQLite, otherwise
	// the address of an empty database.
	URL string
	// Dir is an empty folder: there lives the SQLite file.
	Dir string
}

// Databases runs the test once on SQLite and once on PostgreSQL, each time on
// an empty database of its own.
func Databases(t *testing.T, test func(t *testing.T, database Database)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		test(t, Database{Name: "sqlite", Dir: t.TempDir()})
	})
	t.Run("postgres", func(t *testing.T) {
		test(t, Database{Name: "postgres", URL: Postgres(t), Dir: t.TempDir()})
	})
}
