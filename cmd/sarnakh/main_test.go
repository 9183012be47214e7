package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

func TestMain(m *testing.M) {
	forgetEnvironment()
	// Several at a time even on a small machine, unless the command line says otherwise:
	// much of what they do is to wait for other programs.
	if err := flag.Set("test.parallel", fmt.Sprint(max(6, runtime.GOMAXPROCS(0)))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	testkit.Main(m)
}

// forgetEnvironment takes away what the caller's shell says about an installation.
func forgetEnvironment() {
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "SARNAKH_") && !strings.HasPrefix(name, "SARNAKH_TEST_") {
			_ = os.Unsetenv(name)
		}
	}
}
