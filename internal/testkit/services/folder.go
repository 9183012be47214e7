package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// memory is where Linux keeps files that live in memory alone. A database is
// created there ten times faster than on a disk, and each store test creates one.
const memory = "/dev/shm"

// The room that a whole suite needs in memory, in bytes: for the server's
// databases, and for what the tests and the compiler write beside those.
const (
	serverRoom  = 1 << 30
	scratchRoom = 2 << 30
)

// serverFolder makes a folder for the server, in memory if there is enough of
// it (containers often have little), and returns how to take it away.
func serverFolder(memory string) (folder string, remove func() error, err error) {
	if hasRoom(memory, serverRoom) {
		folder, err = os.MkdirTemp(memory, "sarnakh-test-")
	}
	if folder == "" && (err == nil || errors.Is(err, os.ErrPermission)) {
		folder, err = os.MkdirTemp("", "sarnakh-test-")
	}
	if err != nil {
		return "", nil, err
	}
	return folder, func() error { return os.RemoveAll(folder) }, nil
}

// scratchFolder makes a folder for what the tests write: in memory, where no
// commit of SQLite waits for a disk, if there is enough of it and programs may
// run there, since the compiler puts the tests into it. Whoever has set TMPDIR
// has chosen the place.
func scratchFolder(memory string) (folder string, remove func() error, err error) {
	remove = func() error { return os.RemoveAll(folder) }
	if os.Getenv("TMPDIR") == "" && hasRoom(memory, scratchRoom) {
		if folder, err = os.MkdirTemp(memory, "sarnakh-test-"); err == nil {
			if runs(folder) {
				return folder, remove, nil
			}
			_ = remove()
		}
	}
	folder, err = os.MkdirTemp("", "sarnakh-test-")
	return folder, remove, err
}

// hasRoom says whether a file system has so many bytes free.
func hasRoom(path string, bytes uint64) bool {
	var room syscall.Statfs_t
	return syscall.Statfs(path, &room) == nil && room.Bavail*uint64(room.Bsize) >= bytes
}

// runs says whether programs in the folder may be run.
func runs(folder string) bool {
	program := filepath.Join(folder, "probe")
	return os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700) == nil &&
		exec.Command(program).Run() == nil && os.Remove(program) == nil
}
