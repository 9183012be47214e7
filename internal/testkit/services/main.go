// Command services runs another command with everything at hand that the
// tests of Sarnakh need: a PostgreSQL server, Redis, Chromium, Node.js and a
// compiler.
//
//	go run ./internal/testkit/services -- go test ./...
//
// It takes what the environment names (SARNAKH_TEST_POSTGRES is the URL of a
// server, SARNAKH_TEST_REDIS, _CHROMIUM and _NODE are programs), else what the
// machine has, else, as root on Debian, installs the packages; else it says
// in one sentence what is missing and exits with 1. A PostgreSQL server of its
// own lives in a temporary folder, which is gone at the end.
//
// The command gets SARNAKH_TEST_REQUIRE=1, under which a test that lacks its
// server fails instead of being skipped. Its exit code becomes ours.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/sarnakh/sarnakh/internal/testkit/programs"
)

func main() {
	command := os.Args[1:]
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	if len(command) == 0 {
		fmt.Fprintln(os.Stderr, "usage: services -- command [argument …]")
		os.Exit(2)
	}
	ctx, stop := untilSignal(context.Background())
	code, err := serve(ctx, command)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "services:", err)
	}
	os.Exit(code)
}

// serve brings the services up, runs the command and takes them down again.
// The code is the one to exit with.
func serve(ctx context.Context, command []string) (code int, failure error) {
	if err := provide(ctx, programs.All); err != nil {
		return failed(ctx), err
	}
	// What the tests leave behind when they are interrupted (browser
	// profiles, databases) goes into our folder and so away with it.
	scratch, clean, err := scratchFolder(memory)
	if err != nil {
		return 1, err
	}
	defer func() { failure = errors.Join(failure, clean()) }()
	// Servers that run as another user must be able to walk in.
	if err := os.Chmod(scratch, 0o755); err != nil {
		return 1, err
	}
	env := append(os.Environ(), "SARNAKH_TEST_REQUIRE=1", "TMPDIR="+scratch)

	if programs.Postgres.Named() == "" {
		folder, remove, err := serverFolder(memory)
		if err != nil {
			return 1, err
		}
		defer func() { failure = errors.Join(failure, remove()) }()
		server, err := startPostgres(ctx, folder)
		if err != nil {
			return failed(ctx), fmt.Errorf("PostgreSQL did not start: %w", err)
		}
		defer server.stop()
		env = append(env, programs.Postgres.Env+"="+server.url)
	}
	return run(ctx, command, env)
}

// failed is the exit code for work that ended before the command ran.
func failed(ctx context.Context) int {
	if s, ok := context.Cause(ctx).(interrupted); ok {
		return s.code()
	}
	return 1
}

// interrupted is the signal that ended us, as the cause of a context's end.
type interrupted struct{ signal syscall.Signal }

func (i interrupted) Error() string { return strings.ToLower(i.signal.String()) }

// code is what shells report for a process that a signal ended.
func (i interrupted) code() int { return 128 + int(i.signal) }

// untilSignal is a context that ends with the first signal that asks us to
// stop. `go run` dies of SIGTERM without telling its child, so the loss of our
// parent counts as that signal too.
func untilSignal(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	father := os.Getppid()
	look := time.NewTicker(500 * time.Millisecond)
	go func() {
		defer look.Stop()
		for {
			select {
			case s := <-signals:
				cancel(interrupted{s.(syscall.Signal)})
				return
			case <-look.C:
				if os.Getppid() != father {
					cancel(interrupted{syscall.SIGTERM})
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(context.Canceled)
	}
}
