package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// typed lets the commands of this process read the lines.
func typed(t *testing.T, lines string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "typed")
	write(t, path, lines)
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stdin
	os.Stdin = in
	t.Cleanup(func() {
		os.Stdin = before
		_ = in.Close()
	})
}

func TestAccountsAreMadeOnTheCommandLine(t *testing.T) {
	data := t.TempDir()
	user := func(lines string, args ...string) (said, complained string, code int) {
		t.Helper()
		typed(t, lines)
		return call(t, append([]string{"user", "--data", data}, args...)...)
	}
	for lines, sentence := range map[string]string{"": "no password", "short\n": "10 characters"} {
		if _, complained, code := user(lines, "create", "sara@example.com"); code != 2 || !strings.Contains(complained, sentence) {
			t.Errorf("password %q: exit code %d, %q", lines, code, complained)
		}
	}
	if said, complained, code := user("the first password\n", "create", "sara@example.com"); code != 0 || said != "account 1: sara@example.com\n" {
		t.Fatalf("exit code %d: %s%s", code, said, complained)
	}
	if _, complained, code := user("the first password\n", "create", "Sara@Example.com"); code != 2 || !strings.Contains(complained, "has one already") {
		t.Errorf("the same account twice: exit code %d, %q", code, complained)
	}
	if _, complained, code := user("the first password\n", "create", "sara"); code != 2 || !strings.Contains(complained, "e-mail address") {
		t.Errorf("no e-mail: exit code %d, %q", code, complained)
	}
	if said, _, code := user("", "list"); code != 0 || said != "1\tsara@example.com\n" {
		t.Errorf("list: exit code %d, %q", code, said)
	}
	if _, complained, code := user("the second password\n", "password", "nobody@example.com"); code != 2 || !strings.Contains(complained, "not found") {
		t.Errorf("password of nobody: exit code %d, %q", code, complained)
	}
	if _, complained, code := user("the second password\n", "password", "sara@example.com"); code != 0 {
		t.Errorf("password: exit code %d, %q", code, complained)
	}
	s := begin(t, "is ready at", "serve", "--addr", "127.0.0.1:0", "--data", data)
	if strings.Contains(s.said.String(), "/setup") {
		t.Errorf("there is an account, and yet: %s", s.said.String())
	}
	for password, status := range map[string]int{"the first password": 422, "the second password": 303} {
		a := ask(t, "POST", s.url()+"/signin", "email=sara%40example.com&password="+strings.ReplaceAll(password, " ", "+"), formEncoded)
		if a.StatusCode != status {
			t.Errorf("signing in with %s: status %d, want %d", password, a.StatusCode, status)
		}
	}
}

func TestTheFirstStartPrintsALinkThatMakesTheFirstAccount(t *testing.T) {
	data := t.TempDir()
	s := begin(t, "/setup", "serve", "--addr", "127.0.0.1:0", "--data", data)
	link := regexp.MustCompile(`http://\S+/setup\?\S+`).FindString(s.said.String())
	if a := ask(t, "GET", link, ""); a.StatusCode != 200 || !strings.Contains(a.body, `name="again"`) {
		t.Fatalf("the link is answered with %d: %s", a.StatusCode, a.body)
	}
	_, token, _ := strings.Cut(link, "token=")
	post := "token=" + token + "&email=sara%40example.com&password=a+good+long+one&again=a+good+long+one"
	a := ask(t, "POST", s.url()+"/setup", post, formEncoded)
	if a.StatusCode != 303 || a.Header.Get("Location") != "/" || len(a.Cookies()) == 0 {
		t.Fatalf("making the account: %d %v %s", a.StatusCode, a.Header, a.body)
	}
	session := a.Cookies()[0]
	if home := ask(t, "GET", s.url()+"/", "", "Cookie: "+session.Name+"="+session.Value); home.StatusCode != 200 {
		t.Errorf("the new account's home page: %d", home.StatusCode)
	}
	if a := ask(t, "GET", link, ""); a.StatusCode != 303 || a.Header.Get("Location") != "/signin" {
		t.Errorf("the used link: %d %v", a.StatusCode, a.Header)
	}
	if a := ask(t, "POST", s.url()+"/setup", strings.Replace(post, "sara", "eve", 1), formEncoded); a.StatusCode < 400 {
		t.Errorf("the link made a second account: %d", a.StatusCode)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if again := begin(t, "is ready at", "serve", "--addr", "127.0.0.1:0", "--data", data); strings.Contains(again.said.String(), "/setup") {
		t.Errorf("there is an account, and yet: %s", again.said.String())
	}
}

func TestARevokedKeyIsRefusedByTheRunningServer(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := begin(t, "is ready at", "serve", "--addr", "127.0.0.1:0", "--data", data)
	key := func(args ...string) string {
		t.Helper()
		said, complained, code := call(t, append([]string{"key", "--data", data}, args...)...)
		if code != 0 {
			t.Fatalf("key %v: exit code %d: %s", args, code, complained)
		}
		return said
	}
	whole := strings.TrimSuffix(key("create", "the shop", "--scope", "leads:read,offers:write"), "\n")
	if !regexp.MustCompile(`^srk_\w{8}_\w{26}$`).MatchString(whole) {
		t.Fatalf("create printed %q, not a key alone", whole)
	}
	status := func() int {
		return ask(t, "GET", s.url()+"/api/v1/leads", "", "Authorization: Bearer "+whole).StatusCode
	}
	if got := status(); got != 200 {
		t.Fatalf("with the key: %d", got)
	}
	if a := ask(t, "GET", s.url()+"/api/v1/forms", "", "Authorization: Bearer "+whole); a.StatusCode != 403 || !strings.Contains(a.body, "forms:read") {
		t.Errorf("beyond its scopes: %d %s", a.StatusCode, a.body)
	}
	if list := key("list"); !regexp.MustCompile(`^1\tsrk_\w{8}_…\tvalid\tthe shop\tleads:read,offers:write\n$`).MatchString(list) {
		t.Errorf("list: %q", list)
	}
	key("revoke", "1")
	// Another process remembers a good key for five seconds at the most.
	soon(t, 7*time.Second, "the revoked key is refused", func() bool { return status() == 401 })
	if list := key("list"); !strings.Contains(list, "\trevoked\t") || strings.Contains(list, whole) {
		t.Errorf("list: %q", list)
	}
}
