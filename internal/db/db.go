// Package db opens the one database that holds the truth, SQLite embedded or
// PostgreSQL, and runs transactions on it.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the "pgx" driver
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Dialect says which of the two databases is in use.
type Dialect string

// The two databases.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// DB is the database: one writing handle and one reading handle. SQLite allows a
// single writer, so its writing handle has one connection; on PostgreSQL both are
// the same pool.
type DB struct {
	write   *bun.DB
	read    *bun.DB
	dialect Dialect
}

// Tx is a transaction. Functions that take a Tx leave commit and rollback to the
// exported method that opened it.
type Tx struct {
	bun.Tx
	after *[]func()
	conn  *sql.Conn // of InBulkTx on PostgreSQL: nil otherwise
}

// AfterCommit runs fn once the transaction is committed, never if it is rolled
// back. fn must be quick and cannot fail.
func (t Tx) AfterCommit(fn func()) { *t.after = append(*t.after, fn) }

// Open connects to the PostgreSQL at url, or, when url is empty, to the SQLite
// file sarnakh.db in dir, which is made when absent.
func Open(ctx context.Context, dbURL, dir string) (*DB, error) {
	if dbURL == "" {
		return openSQLite(ctx, filepath.Join(dir, "sarnakh.db"))
	}
	if !strings.HasPrefix(dbURL, "postgres://") && !strings.HasPrefix(dbURL, "postgresql://") {
		return nil, fmt.Errorf("database: %q is not a postgres:// URL; leave it empty for the embedded SQLite", scheme(dbURL))
	}
	return openPostgres(ctx, dbURL)
}

func scheme(s string) string {
	if before, _, ok := strings.Cut(s, "://"); ok {
		return before + "://…"
	}
	return s
}

func openSQLite(ctx context.Context, path string) (*DB, error) {
	// synchronous FULL: a submission answered with success survives a power cut.
	// _txlock=immediate: without it, a transaction that reads first fails busy when it then writes.
	// secure_delete: what is erased is overwritten and not just let go of; it costs nothing that we could measure.
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_pragma=secure_delete(1)&_pragma=cache_size(-32000)&_pragma=wal_autocheckpoint(4000)&_pragma=journal_size_limit(67108864)&_time_format=sqlite"
	// Personal data: for this user's eyes only, whoever made the folder. The files
	// beside it take their mode from this one.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	write, err := sql.Open("sqlite", dsn+"&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	write.SetMaxOpenConns(1)
	write.SetMaxIdleConns(1)
	if err := write.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("database: open %s: %w", path, err), write.Close())
	}
	read, err := sql.Open("sqlite", dsn+"&_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("database: %w", err), write.Close())
	}
	readers := max(4, runtime.NumCPU())
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return &DB{
		write:   bun.NewDB(write, sqlitedialect.New()),
		read:    bun.NewDB(read, sqlitedialect.New()),
		dialect: SQLite,
	}, nil
}

func openPostgres(ctx context.Context, dbURL string) (*DB, error) {
	u, err := url.Parse(dbURL)
	if err != nil {
		return nil, errors.New("database: the postgres:// URL cannot be read; check for unescaped characters in its password")
	}
	q := u.Query()
	if !q.Has("default_query_exec_mode") {
		// bun writes arguments into the statement; the default mode would leave
		// one prepared statement on the server for each distinct text.
		q.Set("default_query_exec_mode", "exec")
	}
	if !q.Has("timezone") {
		q.Set("timezone", "UTC")
	}
	if !q.Has("jit") {
		// Compiling a query takes longer than any of ours runs.
		q.Set("jit", "off")
	}
	u.RawQuery = q.Encode()
	pool, err := sql.Open("pgx", u.String())
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	pool.SetMaxOpenConns(24)
	pool.SetMaxIdleConns(8)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("database: cannot connect: %w", inOneLine(err)), pool.Close())
	}
	b := bun.NewDB(pool, pgdialect.New())
	return &DB{write: b, read: b, dialect: Postgres}, nil
}

// inOneLine shortens the driver's error: it lists every address and every way that
// were tried, one a line, and the last says as much as all.
func inOneLine(err error) error {
	var failed *pgconn.ConnectError
	if !errors.As(err, &failed) {
		return err
	}
	lines := strings.Split(failed.Unwrap().Error(), "\n")
	return errors.New(lines[len(lines)-1])
}

// Dialect says which database this is.
func (d *DB) Dialect() Dialect { return d.dialect }

// Read is the handle for queries outside a transaction. It refuses writes on SQLite.
func (d *DB) Read() bun.IDB { return d.read }

// SQL is the writing handle's plain pool, for migrations and the doctor.
func (d *DB) SQL() *sql.DB { return d.write.DB }

// Ping says whether the database answers.
func (d *DB) Ping(ctx context.Context) error {
	var one int
	return d.read.NewSelect().ColumnExpr("1").Scan(ctx, &one)
}

// InTx runs fn in a transaction that commits when fn returns nil. Inside fn use
// only the tx: on SQLite the writing connection is the transaction's, and asking
// for it again waits for ever.
func (d *DB) InTx(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error {
	var after []func()
	fn = withAlong(ctx, fn)
	err := d.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		return fn(ctx, Tx{Tx: tx, after: &after})
	})
	if err != nil {
		return err
	}
	for _, f := range after {
		f()
	}
	return nil
}

// Close closes both handles.
func (d *DB) Close() error {
	if d.read == d.write {
		return d.write.Close()
	}
	return errors.Join(d.read.Close(), d.write.Close())
}

// IsUnique says whether err is a violated unique or primary key.
func IsUnique(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505"
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}
