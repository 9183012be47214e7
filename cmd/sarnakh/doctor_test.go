package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

func TestDoctorSaysWhatIsWellAndWhatToDo(t *testing.T) {
	t.Parallel()
	t.Run("all well with nothing set", func(t *testing.T) {
		said, complained, code := call(t, "doctor", "--data", t.TempDir(), "--addr", "127.0.0.1:0")
		if code != 0 || complained != "" || strings.Contains(said, "FAIL") || strings.Count(said, "ok    ") != 4 {
			t.Errorf("exit code %d: %s%s", code, said, complained)
		}
	})
	t.Run("everything away", func(t *testing.T) {
		said, complained, code := call(t, "doctor", "--data", t.TempDir(), "--addr", "127.0.0.1:0",
			"--database", "postgres://sara:a-password@127.0.0.1:1/crm", "--redis", "redis://:a-password@127.0.0.1:1", "--smtp", "smtp://sara:a-password@127.0.0.1:1")
		if code != 1 || complained != "sarnakh: 3 of the checks need attention\n" {
			t.Errorf("exit code %d: %q", code, complained)
		}
		for _, line := range []string{`(?m)^FAIL  database .*$\n^      → .*SARNAKH_DATABASE`, `(?m)^FAIL  redis .*$\n^      → .*SARNAKH_REDIS`, `(?m)^FAIL  smtp .*$\n^      → .*SARNAKH_SMTP`} {
			if !regexp.MustCompile(line).MatchString(said) {
				t.Errorf("no %s in:\n%s", line, said)
			}
		}
		if strings.Contains(said+complained, "a-password") {
			t.Errorf("a password is shown: %s", said)
		}
	})
	t.Run("an address of another machine", func(t *testing.T) {
		said, _, code := call(t, "doctor", "--data", t.TempDir(), "--addr", "192.0.2.1:8080")
		if code != 1 || !strings.Contains(said, "FAIL  address") {
			t.Errorf("exit code %d: %s", code, said)
		}
	})
	t.Run("all well with servers", func(t *testing.T) {
		said, complained, code := call(t, "doctor", "--data", t.TempDir(), "--addr", "127.0.0.1:0",
			"--database", testkit.Postgres(t), "--redis", testkit.Redis(t).URL(), "--smtp", testkit.SMTPSink(t).URL())
		if code != 0 || !strings.Contains(said, "postgres answers") || !strings.Contains(said, "clocks agree") || strings.Contains(said, "FAIL") {
			t.Errorf("exit code %d: %s%s", code, said, complained)
		}
	})
}

func TestMigrateMakesTheTablesOnce(t *testing.T) {
	t.Parallel()
	testkit.Databases(t, func(t *testing.T, d testkit.Database) {
		args := []string{"migrate", "--data", d.Dir, "--database", d.URL}
		said, complained, code := call(t, args...)
		if code != 0 || !regexp.MustCompile(`^`+d.Name+`: [1-9]\d* steps taken, up to date\n$`).MatchString(said) {
			t.Errorf("exit code %d: %s%s", code, said, complained)
		}
		if said, _, code := call(t, args...); code != 0 || said != d.Name+": 0 steps taken, up to date\n" {
			t.Errorf("the second time: exit code %d: %s", code, said)
		}
	})
}
