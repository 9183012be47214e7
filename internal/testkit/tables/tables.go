// Package tables gives tests a database with all tables. They are made once for the tests
// of a package and then copied, which takes a fraction of the time.
package tables

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/programs"
	"github.com/sarnakh/sarnakh/migrations"
)

// Open opens a test's database, with all tables, and closes it with the test. One that has
// them is opened as it is. The package needs the line of testkit.Main.
func Open(t testing.TB, base testkit.Database) *db.DB {
	t.Helper()
	if base.URL == "" {
		copySQLite(t, filepath.Join(base.Dir, sqliteFile))
	} else {
		copyPostgres(t, base.URL)
	}
	d, err := db.Open(context.Background(), base.URL, base.Dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// fill makes the tables of a database and closes it; SQLite then has everything in the one
// file.
func fill(t testing.TB, url, dir string) {
	t.Helper()
	d, err := db.Open(context.Background(), url, dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := migrations.Up(context.Background(), d); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// sqliteFile is what db.Open calls the file.
const sqliteFile = "sarnakh.db"

var sqlite struct {
	once sync.Once
	file []byte
}

func copySQLite(t testing.TB, to string) {
	t.Helper()
	sqlite.once.Do(func() {
		dir := t.TempDir()
		fill(t, "", dir)
		var err error
		if sqlite.file, err = os.ReadFile(filepath.Join(dir, sqliteFile)); err != nil {
			t.Fatal(err)
		}
	})
	if _, err := os.Stat(to); err == nil {
		return
	}
	if err := os.WriteFile(to, sqlite.file, 0o600); err != nil {
		t.Fatal(err)
	}
}

var postgres struct {
	once sync.Once
	name string
}

// copyPostgres puts a copy in the place of an empty database.
func copyPostgres(t testing.TB, address string) {
	t.Helper()
	server := programs.Postgres.Named()
	postgres.once.Do(func() {
		at, err := url.Parse(server)
		if err != nil {
			t.Fatal(err)
		}
		name := "sarnakh_tables_" + strings.ToLower(rand.Text()[:16])
		testkit.Execute(t, server, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8'")
		testkit.AtEnd(t, func() error { return drop(server, name) })
		at.Path = "/" + name
		fill(t, at.String(), "")
		postgres.name = name
	})
	if hasTables(t, address) {
		return
	}
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(at.Path, "/")
	testkit.Execute(t, server, "DROP DATABASE "+name+" WITH (FORCE)")
	testkit.Execute(t, server, "CREATE DATABASE "+name+" TEMPLATE "+postgres.name)
}

func hasTables(t testing.TB, address string) (has bool) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	if err := c.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public')").Scan(&has); err != nil {
		t.Fatal(err)
	}
	return has
}

func drop(server, name string) error {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	return err
}
