package testkit

import (
	"errors"
	"os/exec"
	"time"

	"github.com/sarnakh/sarnakh/internal/testkit/programs"
)

// startLimit is how long a server or the program may take until it answers;
// generous, because the machine may be busy with other tests.
const startLimit = 60 * time.Second

// A child is a running process of a test.
type child struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how it ended; to be read after done
}

// launch starts the command, whose life is bound to the test process.
func launch(cmd *exec.Cmd) (*child, error) {
	programs.Bind(cmd)
	// Children of its own may hold our pipes open after its end.
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, done: make(chan struct{})}
	go func() {
		c.err = cmd.Wait()
		close(c.done)
	}()
	return c, nil
}

// kill ends the process at once and waits until it is gone.
func (c *child) kill() {
	// The only failure is that it has ended already.
	_ = c.cmd.Process.Kill()
	<-c.done
}

// await tries until there is no error. It gives up with the last error when
// the time is over, and when the process ends.
func (c *child) await(limit time.Duration, try func() error) error {
	deadline := time.After(limit)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-deadline:
			return err
		case <-c.done:
			return errors.Join(errors.New("it ended by itself"), c.err)
		}
	}
}
