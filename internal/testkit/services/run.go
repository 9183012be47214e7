package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/sarnakh/sarnakh/internal/testkit/programs"
)

// grace is how long an interrupted command may take to end by itself.
const grace = 15 * time.Second

// run runs the command with the environment and our own output, and returns
// the code to exit with. When the context ends, the signal that ended it is
// passed on to the command and all its children; what still lives after the
// grace is killed.
func run(ctx context.Context, command, env []string) (int, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	// A process group of its own: the terminal's Ctrl-C then reaches only us,
	// and we reach the command with every child it has started.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	programs.Bind(cmd)
	cmd.Cancel = func() error {
		s := syscall.SIGTERM
		if i, ok := context.Cause(ctx).(interrupted); ok {
			s = i.signal
		}
		return syscall.Kill(-cmd.Process.Pid, s)
	}
	cmd.WaitDelay = grace

	if err := cmd.Start(); err != nil {
		return 1, err
	}
	err := cmd.Wait()
	// Nobody of the group may outlive the command: they use servers that are
	// about to go. That there is nobody left is the usual case.
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)

	if i, ok := context.Cause(ctx).(interrupted); ok {
		return i.code(), nil
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case !errors.As(err, &exit):
		return 1, err
	case exit.ExitCode() < 0:
		return 1, exit
	}
	return exit.ExitCode(), nil
}
