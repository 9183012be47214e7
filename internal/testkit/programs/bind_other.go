//go:build !linux

package programs

import "os/exec"

// Bind does nothing: only Linux can tie a command's life to its parent's.
func Bind(*exec.Cmd) {}
