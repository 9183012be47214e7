package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

// badValues are one or more for each setting, with a piece of the sentence that
// says what is wrong.
var badValues = []struct{ flag, variable, value, sentence string }{
	{"addr", "SARNAKH_ADDR", "localhost", "is not host:port"},
	{"addr", "SARNAKH_ADDR", "127.0.0.1:", "is not host:port"},
	{"database", "SARNAKH_DATABASE", "mysql://root@localhost/crm", "begin with postgres://"},
	{"redis", "SARNAKH_REDIS", "http://localhost:6379", "begin with redis://"},
	{"redis", "SARNAKH_REDIS", "localhost:6379", "begin with redis://"},
	{"redis", "SARNAKH_REDIS", "redis://", "begin with redis://"},
	{"smtp", "SARNAKH_SMTP", "imap://localhost", "begin with smtp://"},
	{"smtp", "SARNAKH_SMTP", "smtp.example.com:587", "begin with smtp://"},
	{"public-url", "SARNAKH_PUBLIC_URL", "https://www.example.com/shop", "scheme and host only"},
	{"public-url", "SARNAKH_PUBLIC_URL", "https://www.example.com?x=1", "scheme and host only"},
	{"public-url", "SARNAKH_PUBLIC_URL", "https://www.example.com/#top", "scheme and host only"},
	{"public-url", "SARNAKH_PUBLIC_URL", "www.example.com", "begin with http://, https://"},
	{"from", "SARNAKH_FROM", "Nakh Coffee", "is not a sender"},
	{"color", "SARNAKH_COLOR", "red;}", "#"},
	{"language", "SARNAKH_LANGUAGE", "de", "neither fa nor en"},
	{"zone", "SARNAKH_ZONE", "Mars/Olympus", "is not a time zone"},
	{"api-rate", "SARNAKH_API_RATE", "1000000", "is not from 1 to 100000"},
	{"secret", "SARNAKH_SECRET", "too short", "16 characters or more"},
	{"log-level", "SARNAKH_LOG_LEVEL", "loud", "none of debug, info, warn, error"},
	{"log-format", "SARNAKH_LOG_FORMAT", "xml", "neither text nor json"},
}

func TestABadValueIsOneClearSentenceAndExitCode2(t *testing.T) {
	for _, v := range badValues {
		t.Run(v.variable+"="+v.value, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			said, byFlag, code := call(t, "migrate", "--data", data, "--"+v.flag, v.value)
			oneSentence(t, said, byFlag, code, v.variable+": ", v.sentence)
			if _, err := os.Stat(data); err == nil {
				t.Errorf("something was made in %s before the value was refused", data)
			}
			t.Setenv(v.variable, v.value)
			var out, errs strings.Builder
			code = run(t.Context(), []string{"migrate", "--data", data}, &out, &errs)
			if code != 2 || errs.String() != byFlag {
				t.Errorf("in the environment: exit code %d, %q; as a flag: %q", code, errs.String(), byFlag)
			}
		})
	}
}

// oneSentence checks that the command ended with 2 and one sentence that contains
// the pieces, and that it said nothing else.
func oneSentence(t *testing.T, said, complained string, code int, pieces ...string) {
	t.Helper()
	if code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
	if said != "" {
		t.Errorf("it said %q before it refused", said)
	}
	if !strings.HasPrefix(complained, "sarnakh: ") || strings.Count(complained, "\n") != 1 || !strings.HasSuffix(complained, "\n") {
		t.Errorf("not one sentence: %q", complained)
	}
	for _, piece := range pieces {
		if !strings.Contains(complained, piece) {
			t.Errorf("%q does not say %q", complained, piece)
		}
	}
}

// TestEveryCommandRefusesWhatItCannotDo goes through the commands themselves.
func TestEveryCommandRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	data := filepath.Join(folder, "data")
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	taken := busy.Addr().String()
	const database, redis, secret = "postgres://127.0.0.1:1/none", "redis://127.0.0.1:1", "sixteen characters"
	for _, c := range []struct {
		args     string
		sentence string
	}{
		{"frobnicate", "frobnicate"},
		{"serve --fast", "unknown flag --fast"},
		{"serve --language de", "SARNAKH_LANGUAGE"},
		{"web", "needs PostgreSQL and a Redis server"},
		{"work", "needs PostgreSQL and a Redis server"},
		{"web --database " + database, "needs PostgreSQL and a Redis server"},
		{"work --redis " + redis, "needs PostgreSQL and a Redis server"},
		{"web --database " + database + " --redis " + redis, "SARNAKH_SECRET"},
		{"work --database " + database + " --redis " + redis + " --secret " + strings.ReplaceAll(secret, " ", "-"), "SARNAKH_PUBLIC_URL"},
		{"serve --addr " + taken, "cannot listen on " + taken},
		{"serve --addr 127.0.0.1:0 --database " + database, "database: "},
		{"serve --addr 127.0.0.1:0 --redis redis://127.0.0.1:port", "redis: "},
		{"serve --addr 127.0.0.1:0 --smtp smtp://127.0.0.1:port", "smtp: "},
		{"demo --visitors 0", "--visitors"},
		{"demo --visitors many", "--visitors"},
		{"demo --zone Mars/Olympus", "SARNAKH_ZONE"},
		{"migrate --database " + database, "database: "},
		{"apply", "files"},
		{"apply --zone Mars/Olympus testdata/crash.yaml", "SARNAKH_ZONE"},
		{"apply " + folder, "no YAML file"},
		{"apply nothing-here.yaml", "nothing-here.yaml: there is no such file"},
		{"doctor --log-level loud", "SARNAKH_LOG_LEVEL"},
		{"user", `one of "create", "list", "password"`},
		{"user list --from nobody", "SARNAKH_FROM"},
		{"user create", "<email>"},
		{"key create --log-format xml x", "SARNAKH_LOG_FORMAT"},
		{"key create", "<name>"},
		{"key revoke one", "<id>"},
		{"key revoke 77", "key 77"},
	} {
		t.Run(c.args, func(t *testing.T) {
			said, complained, code := call(t, append(strings.Fields(c.args), "--data", data)...)
			oneSentence(t, said, complained, code, c.sentence)
		})
	}
	t.Run("second serve on the same data", func(t *testing.T) {
		begin(t, "is ready at", "serve", "--addr", "127.0.0.1:0", "--data", data)
		said, complained, code := call(t, "serve", "--addr", "127.0.0.1:0", "--data", data)
		oneSentence(t, said, complained, code, "another Sarnakh is running on "+data)
	})
}

// TestTheRealProgramEndsWithTheSameCode makes sure that what the other tests see in
// this process is what a shell sees.
func TestTheRealProgramEndsWithTheSameCode(t *testing.T) {
	t.Parallel()
	said, complained, code := testkit.Run(t, []string{"serve"}, []string{"SARNAKH_REDIS=redis://127.0.0.1:1"})
	oneSentence(t, said, complained, code, "redis: ", "connection refused")
	if said, complained, code := testkit.Run(t, []string{"--help"}, nil); code != 0 || !strings.Contains(said, "serve") || complained != "" {
		t.Errorf("--help: exit code %d, %q %q", code, said, complained)
	}
}

func TestAMisspeltSettingIsToldAndAnothersVariableIsNot(t *testing.T) {
	t.Setenv("SARNAKH_PORT", "tcp://10.0.0.1:8080")
	t.Setenv("SARNAKH_SERVICE_HOST", "10.0.0.1")
	var out, complained bytes.Buffer
	if code := run(t.Context(), []string{"schema"}, &out, &complained); code != 0 {
		t.Errorf("what Kubernetes sets is refused: %d %s", code, complained.String())
	}
	t.Setenv("SARNAKH_ADDRES", "127.0.0.1:1")
	complained.Reset()
	if code := run(t.Context(), []string{"schema"}, &out, &complained); code != 2 || !strings.Contains(complained.String(), "SARNAKH_ADDRES: there is no such setting") {
		t.Errorf("a misspelt setting: %d %s", code, complained.String())
	}
}
