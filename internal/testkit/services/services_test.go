package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sarnakh/sarnakh/internal/testkit/programs"
)

func TestExitCodeIsTheCommands(t *testing.T) {
	code, err := run(context.Background(), []string{"sh", "-c", "exit 7"}, os.Environ())
	if code != 7 || err != nil {
		t.Errorf("exits with %d (%v), want 7", code, err)
	}
}

func TestCommandThatIsNotThereIsAFailure(t *testing.T) {
	if code, err := run(context.Background(), []string{"/no/such/program"}, nil); code != 1 || err == nil {
		t.Errorf("exits with %d (%v)", code, err)
	}
}

func TestSignalReachesTheCommandAndItsChildren(t *testing.T) {
	folder := t.TempDir()
	// The child says that it is there and later that it heard the signal.
	script := `cd "$0"; trap 'wait; exit 0' TERM
		(trap 'touch heard; exit' TERM; touch up; while :; do sleep 0.05; done) & wait`
	ctx, cancel := context.WithCancelCause(context.Background())
	go func() {
		look := time.NewTicker(10 * time.Millisecond)
		defer look.Stop()
		for range look.C {
			if _, err := os.Stat(filepath.Join(folder, "up")); err == nil {
				cancel(interrupted{syscall.SIGTERM})
				return
			}
		}
	}()
	code, err := run(ctx, []string{"sh", "-c", script, folder}, os.Environ())
	if code != 128+15 || err != nil {
		t.Errorf("exits with %d (%v), want 143", code, err)
	}
	if _, err := os.Stat(filepath.Join(folder, "heard")); err != nil {
		t.Errorf("the command's child did not hear of it: %v", err)
	}
}

func TestCommandHasAServerThatIsGoneAfterwards(t *testing.T) {
	t.Setenv(programs.Postgres.Env, "")
	if absent := missing(programs.All); len(absent) > 0 {
		t.Skip(advice(absent))
	}
	// SQL through the address in the environment, then the proof of it in a
	// file, because the output of the command is ours.
	report := filepath.Join(t.TempDir(), "report")
	script := `echo "$SARNAKH_TEST_POSTGRES $SARNAKH_TEST_REQUIRE $TMPDIR" > ` + report
	if code, err := serve(context.Background(), []string{"sh", "-c", script}); code != 0 || err != nil {
		t.Fatalf("exits with %d: %v", code, err)
	}
	written, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	given := strings.Fields(string(written))
	if len(given) != 3 || given[1] != "1" {
		t.Fatalf("the command was given %q", given)
	}
	if _, err := os.Stat(given[2]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the temporary folder is still there: %v", err)
	}
	if conn, err := pgx.Connect(context.Background(), given[0]); err == nil {
		conn.Close(context.Background())
		t.Error("the server is still running")
	}
}

func TestThrowAwayServerTakesSQL(t *testing.T) {
	if _, ok := programs.Postgres.Find(); !ok {
		t.Skip("PostgreSQL is not installed here")
	}
	// Not t.TempDir, into which another user cannot walk.
	folder, remove, err := serverFolder(memory)
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	server, err := startPostgres(context.Background(), folder)
	if err != nil {
		t.Fatal(err)
	}
	defer server.stop()
	conn, err := pgx.Connect(context.Background(), server.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var encoding string
	if err := conn.QueryRow(context.Background(), "SHOW server_encoding").Scan(&encoding); err != nil || encoding != "UTF8" {
		t.Errorf("encoding %q (%v)", encoding, err)
	}
}

func TestServerFolderIsOnDiskWhereMemoryHasNoRoom(t *testing.T) {
	folder, remove, err := serverFolder("/no/such/memory")
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Dir(folder) != filepath.Clean(os.TempDir()) {
		t.Errorf("it is %s, want it in %s", folder, os.TempDir())
	}
	if err := remove(); err != nil {
		t.Error(err)
	}
}

func TestScratchIsWhereThePersonOrTheRoomSays(t *testing.T) {
	place := t.TempDir()
	for name, c := range map[string]struct{ tmpdir, memory, want string }{
		"memory":             {"", place, place},
		"no memory":          {"", "/no/such/memory", "/tmp"},
		"the person's place": {place, memory, place},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "memory" && !hasRoom(place, scratchRoom) {
				t.Skip("too little room to play memory with")
			}
			t.Setenv("TMPDIR", c.tmpdir)
			folder, remove, err := scratchFolder(c.memory)
			if err != nil {
				t.Fatal(err)
			}
			if filepath.Dir(folder) != c.want {
				t.Errorf("it is %s, want it in %s", folder, c.want)
			}
			if err := remove(); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("it is still there: %v", err)
			}
		})
	}
}

func TestWhatIsMissingIsSaidInOneSentence(t *testing.T) {
	got := advice([]programs.Program{programs.Postgres, programs.Redis})
	want := "PostgreSQL, redis-server missing: install them (on Debian: apt-get install postgresql redis-server), " +
		"or name your own in SARNAKH_TEST_POSTGRES, SARNAKH_TEST_REDIS"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestNamedProgramThatIsNotThereIsNotInstalled(t *testing.T) {
	t.Setenv(programs.Redis.Env, "/no/such/redis")
	err := provide(context.Background(), []programs.Program{programs.Redis})
	if err == nil || !strings.Contains(err.Error(), "SARNAKH_TEST_REDIS names") {
		t.Errorf("got %v", err)
	}
}

func TestInstallingStartsNoServiceAndPutsThePolicyBack(t *testing.T) {
	bin, folder := t.TempDir(), t.TempDir()
	policy := filepath.Join(folder, "policy-rc.d")
	// An apt-get that notes what it was asked and what the policy said.
	script := "#!/bin/sh\necho \"$*\" >> " + folder + "/asked\n" + policy + " || echo $? > " + folder + "/said\n"
	if err := os.WriteFile(filepath.Join(bin, "apt-get"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	for _, before := range []string{"", "#!/bin/sh\nexit 0\n"} {
		if before != "" {
			if err := os.WriteFile(policy, []byte(before), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := install(context.Background(), policy, []string{"redis-server"}); err != nil {
			t.Fatal(err)
		}
		if said, err := os.ReadFile(filepath.Join(folder, "said")); err != nil || string(said) != "101\n" {
			t.Errorf("while installing, the policy said %q (%v), want 101", said, err)
		}
		after, err := os.ReadFile(policy)
		if string(after) != before || (before == "") != errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the policy was %q and is %q (%v)", before, after, err)
		}
	}
	asked, err := os.ReadFile(filepath.Join(folder, "asked"))
	if err != nil || !strings.Contains(string(asked), "install --no-install-recommends redis-server") {
		t.Errorf("apt-get was asked %q (%v)", asked, err)
	}
}

func TestFailedInstallationShowsWhatAptGetSaid(t *testing.T) {
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "apt-get"), []byte("#!/bin/sh\necho no network\nexit 100\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	policy := filepath.Join(bin, "policy-rc.d")
	err := install(context.Background(), policy, []string{"redis-server"})
	if err == nil || !strings.Contains(err.Error(), "no network") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(policy); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the policy is still there: %v", err)
	}
}
