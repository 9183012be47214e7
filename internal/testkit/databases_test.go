package testkit_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func TestEachPostgresDatabaseIsEmptyAndItsOwn(t *testing.T) {
	one, other := open(t, testkit.Postgres(t)), open(t, testkit.Postgres(t))
	if _, err := one.Exec("CREATE TABLE leads (id int)"); err != nil {
		t.Fatal(err)
	}
	var tables int
	err := other.QueryRow("SELECT count(*) FROM information_schema.tables WHERE table_name = 'leads'").Scan(&tables)
	if err != nil || tables != 0 {
		t.Errorf("the other database sees %d tables (%v), want none", tables, err)
	}
}

func TestPostgresDatabaseGoesWithItsTestEvenWhenInUse(t *testing.T) {
	var url string
	t.Run("test", func(t *testing.T) {
		url = testkit.Postgres(t)
		if err := open(t, url).Ping(); err != nil {
			t.Fatal(err)
		}
	})
	if url == "" {
		t.Skip("no PostgreSQL")
	}
	if err := open(t, url).Ping(); err == nil {
		t.Error("the database is still there after its test")
	}
}

func TestDatabasesRunsOnBoth(t *testing.T) {
	var seen []string
	testkit.Databases(t, func(t *testing.T, d testkit.Database) {
		seen = append(seen, d.Name)
		if err := os.WriteFile(filepath.Join(d.Dir, "sarnakh.db"), nil, 0o600); err != nil {
			t.Errorf("the folder cannot be used: %v", err)
		}
		if (d.URL == "") != (d.Name == "sqlite") {
			t.Errorf("%s has the URL %q", d.Name, d.URL)
		}
	})
	if len(seen) == 0 || seen[0] != "sqlite" {
		t.Errorf("ran on %v", seen)
	}
}

func open(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
