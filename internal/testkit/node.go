package testkit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/testkit/programs"
)

const (
	// scriptLimit is how long a script may run.
	scriptLimit = 2 * time.Minute
	// packagesLimit is how long the installation of its packages may take.
	packagesLimit = 5 * time.Minute
)

// Node runs a JavaScript file with the packages that its folder asks for, waits
// for its end and returns what it wrote to stdout; it fails the test when the
// script exits with anything but 0. The folder, as in "testdata/node", holds
// package.json, package-lock.json and the scripts; the arguments are the
// script's process.argv from the third on.
//
// Packages are installed from the registry once for each lock file, without
// running scripts of their own, and kept in the user's cache. The programs are
// node in PATH, or what SARNAKH_TEST_NODE names, and npm.
func Node(t testing.TB, folder, script string, arguments ...string) string {
	t.Helper()
	node, ok := programs.Node.Find()
	if !ok {
		lacking(t, "no Node.js in PATH, and SARNAKH_TEST_NODE names none")
	}
	npm, ok := programs.NPM.Find()
	if !ok {
		lacking(t, "no npm in PATH")
	}
	packages, err := nodePackages(npm, folder)
	if err != nil {
		lacking(t, fmt.Sprintf("the packages of %s cannot be installed: %v", folder, err))
	}

	// A module looks for packages beside itself, and that is no place for
	// them in a source tree: scripts run from a copy.
	work := t.TempDir()
	if err := os.CopyFS(work, scriptsOf(folder)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(packages, filepath.Join(work, "node_modules")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), scriptLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, append([]string{script}, arguments...)...)
	cmd.Dir = work
	cmd.WaitDelay = time.Second
	programs.Bind(cmd)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("node %s: %v\nstdout:\n%s\nstderr:\n%s", script, err, &stdout, &stderr)
	}
	return stdout.String()
}

// scriptsOf is the folder without packages that somebody installed there by hand.
func scriptsOf(folder string) fs.FS { return withoutPackages{os.DirFS(folder)} }

type withoutPackages struct{ fs.FS }

func (f withoutPackages) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(f.FS, name)
	kept := entries[:0]
	for _, e := range entries {
		if e.Name() != "node_modules" {
			kept = append(kept, e)
		}
	}
	return kept, err
}

// nodePackages is the node_modules folder for what the folder's lock file names,
// installed now when it is not in the user's cache yet. Any number of tests may
// ask at the same time: each installs into a place of its own, and the first to
// finish is the one whose packages stay.
func nodePackages(npm, folder string) (string, error) {
	sum := sha256.New()
	for _, name := range []string{"package.json", "package-lock.json"} {
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(content), content)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		// No home, no cache: shared by whoever has the same temporary folder.
		cache = os.TempDir()
	}
	cache = filepath.Join(cache, "sarnakh-testkit", "node")
	installed := filepath.Join(cache, hex.EncodeToString(sum.Sum(nil))[:32])
	packages := filepath.Join(installed, "node_modules")
	if isFolder(packages) {
		return packages, nil
	}

	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	fresh, err := os.MkdirTemp(cache, "installing-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(fresh)
	if err := npmInstall(npm, folder, fresh); err != nil {
		return "", err
	}
	if err := os.Rename(fresh, installed); err != nil && !isFolder(packages) {
		return "", err
	}
	return packages, nil
}

// npmInstall installs exactly what the lock file of the folder names.
func npmInstall(npm, folder, into string) error {
	for _, name := range []string{"package.json", "package-lock.json"} {
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(into, name), content, 0o644); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), packagesLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = into
	cmd.WaitDelay = time.Second
	programs.Bind(cmd)
	output, err := cmd.CombinedOutput()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("npm ci takes longer than %v", packagesLimit)
	case err != nil:
		return fmt.Errorf("npm ci: %w\n%s", err, output)
	}
	// A package without dependencies has no folder of them; we look for one.
	return os.MkdirAll(filepath.Join(into, "node_modules"), 0o755)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
