package testkit

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
)

// Main runs a package's tests and then takes away what they shared: the
// browser and the built program. A package that uses Browser, Binary or Start
// has this line in one of its test files:
//
//	func TestMain(m *testing.M) { testkit.Main(m) }
func Main(m *testing.M) {
	folder, err := os.MkdirTemp("", "sarnakh-testkit-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "testkit:", err)
		os.Exit(1)
	}
	shared = folder
	code := m.Run()
	failed := []error{closeBrowser()}
	for _, take := range atEnd {
		failed = append(failed, take())
	}
	if err := errors.Join(append(failed, os.RemoveAll(folder))...); err != nil {
		fmt.Fprintln(os.Stderr, "testkit:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// shared is the folder for what the tests of one package share, once Main has
// made it.
var shared string

// atEnd takes away what else the tests share.
var (
	atEndMu sync.Mutex
	atEnd   []func() error
)

// AtEnd has Main take away something that a package's tests share. Tests that run side by
// side may call it.
func AtEnd(t testing.TB, take func() error) {
	t.Helper()
	sharedFolder(t) // says so when there is no Main
	atEndMu.Lock()
	defer atEndMu.Unlock()
	atEnd = append(atEnd, take)
}

// sharedFolder is where the shared things of a test process live. Without Main
// nobody would take them away at the end.
func sharedFolder(t testing.TB) string {
	t.Helper()
	if shared == "" {
		t.Fatal("this package's tests need the line: func TestMain(m *testing.M) { testkit.Main(m) }")
	}
	return shared
}
