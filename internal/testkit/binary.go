package testkit

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// Binary is the path of the program, built from cmd/sarnakh once per test
// process; with the race detector when the test itself runs under it.
func Binary(t testing.TB) string {
	t.Helper()
	folder := sharedFolder(t)
	built.once.Do(func() {
		built.path = filepath.Join(folder, "sarnakh")
		built.err = build(built.path)
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

var built struct {
	once sync.Once
	path string
	err  error
}

// build compiles the program, which is found by its import path and so from
// any package of the module.
func build(path string) error {
	arguments := []string{"build", "-buildvcs=false", "-o", path}
	if raceEnabled {
		arguments = append(arguments, "-race")
	}
	arguments = append(arguments, "github.com/sarnakh/sarnakh/cmd/sarnakh")
	if output, err := exec.Command("go", arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("go build ./cmd/sarnakh: %w\n%s", err, output)
	}
	return nil
}
