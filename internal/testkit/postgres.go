package testkit

import (
	"context"
	"crypto/rand"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sarnakh/sarnakh/internal/testkit/programs"
)

// Postgres is the URL of a fresh, empty database of the test's own, which is
// dropped when the test ends, with whoever is still connected to it. The
// server is the one that SARNAKH_TEST_POSTGRES names; its user must be allowed
// to create databases.
func Postgres(t testing.TB) string {
	t.Helper()
	server := programs.Postgres.Named()
	if server == "" {
		lacking(t, "no PostgreSQL: SARNAKH_TEST_POSTGRES is not set")
	}
	address, err := url.Parse(server)
	if err != nil {
		t.Fatalf("SARNAKH_TEST_POSTGRES: %v", err)
	}
	name := "sarnakh_" + strings.ToLower(rand.Text()[:16])
	// template0 has nothing of the operator's in it, and as nobody can be
	// connected to it, many tests can copy it at once.
	Execute(t, server, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8'")
	t.Cleanup(func() { Execute(t, server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	address.Path = "/" + name
	return address.String()
}

// Execute runs one statement on a PostgreSQL server, over a connection of its own.
func Execute(t testing.TB, server, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatalf("PostgreSQL does not answer: %v", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
