package main

import (
	"errors"
	"os"
	"syscall"
)

// memory is where Linux keeps files that live in memory alone. A database is
// created there ten times faster than on a disk, and each store test creates one.
const memory = "/dev/shm"

// enough is the room that the databases of a whole suite need, in bytes.
const enough = 1 << 30

// serverFolder makes a folder for the server, in memory if there is enough of
// it (containers often have little), and returns how to take it away.
func serverFolder(memory string) (folder string, remove func() error, err error) {
	base := ""
	var room syscall.Statfs_t
	if syscall.Statfs(memory, &room) == nil && room.Bavail*uint64(room.Bsize) >= enough {
		base = memory
	}
	folder, err = os.MkdirTemp(base, "sarnakh-test-")
	if base != "" && errors.Is(err, os.ErrPermission) {
		folder, err = os.MkdirTemp("", "sarnakh-test-")
	}
	if err != nil {
		return "", nil, err
	}
	return folder, func() error { return os.RemoveAll(folder) }, nil
}
