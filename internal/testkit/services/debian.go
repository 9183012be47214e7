package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
)

// policyFile is what Debian's maintainer scripts ask before they start a
// service; a script that exits with 101 says no.
const policyFile = "/usr/sbin/policy-rc.d"

// install installs Debian's packages without starting the services in them,
// by the policy file. It waits for another apt-get that is at work.
func install(ctx context.Context, policy string, packages []string) error {
	restore, err := forbidServices(policy)
	if err != nil {
		return err
	}
	err = aptGet(ctx, "update")
	if err == nil {
		err = aptGet(ctx, append([]string{"install", "--no-install-recommends"}, packages...)...)
	}
	return errors.Join(err, restore())
}

// aptGet keeps apt-get's long output back and shows it only when it failed.
func aptGet(ctx context.Context, arguments ...string) error {
	arguments = append([]string{"-q", "-y", "-o", "DPkg::Lock::Timeout=600"}, arguments...)
	cmd := exec.CommandContext(ctx, "apt-get", arguments...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	// An interrupt lets dpkg finish the package at hand; a kill would leave
	// the machine with half of one.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd.Args, err, output)
	}
	return nil
}

// forbidServices puts a policy into place by which no service is started on
// installation, and returns how to put back what was there before.
func forbidServices(path string) (restore func() error, err error) {
	const no = "#!/bin/sh\nexit 101\n"
	before, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		restore = func() error { return os.Remove(path) }
	case err != nil:
		return nil, err
	default:
		restore = func() error { return os.WriteFile(path, before, 0o755) }
	}
	return restore, os.WriteFile(path, []byte(no), 0o755)
}
