package programs

import (
	"os/exec"
	"syscall"
)

// Bind ties the life of a command that is yet to be started to ours: if this
// process dies in any way, even by SIGKILL, the kernel kills the command too.
func Bind(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
}
