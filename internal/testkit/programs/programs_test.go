package programs

import (
	"os"
	"path/filepath"
	"testing"
)

func TestNamedProgramWinsOverPath(t *testing.T) {
	mine := place(t, t.TempDir(), "my-redis")
	t.Setenv("PATH", filepath.Dir(place(t, t.TempDir(), "redis-server")))
	t.Setenv(Redis.Env, mine)
	if got, ok := Redis.Find(); !ok || got != mine {
		t.Errorf("Find() = %q, %v, want the named %q", got, ok, mine)
	}
}

func TestNamedProgramThatIsMissingIsNotReplaced(t *testing.T) {
	t.Setenv("PATH", filepath.Dir(place(t, t.TempDir(), "redis-server")))
	t.Setenv(Redis.Env, "/no/such/redis")
	if got, ok := Redis.Find(); ok {
		t.Errorf("Find() = %q, want nothing: the person asked for another", got)
	}
}

func TestHighestVersionWinsByNumber(t *testing.T) {
	root := t.TempDir()
	place(t, filepath.Join(root, "pg/9/bin"), "initdb")
	want := place(t, filepath.Join(root, "pg/17/bin"), "initdb")
	t.Setenv("PATH", "")
	t.Chdir(root)
	p := Program{Env: "SARNAKH_TEST_NONE", Names: []string{"initdb"}, Folders: []string{"pg/*/bin"}}
	got, ok := p.Find()
	if abs, err := filepath.Abs(got); !ok || err != nil || abs != want {
		t.Errorf("Find() = %q, %v, want %q", got, ok, want)
	}
}

func TestNothingFoundIsSaid(t *testing.T) {
	t.Setenv("PATH", "")
	p := Program{Env: "SARNAKH_TEST_NONE", Names: []string{"sh"}}
	if got, ok := p.Find(); ok {
		t.Errorf("Find() = %q, want nothing", got)
	}
}

// place puts an empty program into the folder and returns its path.
func place(t *testing.T, folder, name string) string {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
