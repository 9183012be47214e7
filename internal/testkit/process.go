package testkit

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/testkit/programs"
)

// stopLimit is how long the program may take to stop: it promises 10 s, and
// the rest is for a busy machine.
const stopLimit = 20 * time.Second

// A Process is the real program, running for one test.
type Process struct {
	// Addr is the host and port that it serves, and URL the same as http://….
	Addr, URL string
	// Data is its data folder, which outlives Kill and Stop.
	Data string

	t       testing.TB
	program string
	args    []string
	env     []string
	child   *child
	out     output
	err     output
}

// Start runs the program with the arguments, as in "serve", and returns when
// /readyz says yes. It has a free port, a data folder of its own and none of
// our environment's SARNAKH_* variables; env ("SARNAKH_REDIS=…") adds to that
// and wins. It is stopped with the test, and its output is shown when the test
// has failed.
func Start(t testing.TB, args, env []string) *Process {
	t.Helper()
	p := Launch(t, args, env)
	p.WaitReady()
	return p
}

// Launch is Start for a command that serves no /readyz, or whose start is what
// the test is about: it does not wait.
func Launch(t testing.TB, args, env []string) *Process {
	t.Helper()
	p := prepare(t, Binary(t), args, env)
	p.launch()
	return p
}

// Run runs the program to its end, as in "doctor", and returns what it wrote
// and its exit code. It is set up like Start.
func Run(t testing.TB, args, env []string) (stdout, stderr string, code int) {
	t.Helper()
	p := Launch(t, args, env)
	code = p.Wait()
	return p.Stdout(), p.Stderr(), code
}

// prepare sets up a process without starting it.
func prepare(t testing.TB, program string, args, env []string) *Process {
	t.Helper()
	port, err := programs.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	addr := "127.0.0.1:" + strconv.Itoa(port)
	ours := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "SARNAKH_") })
	data := t.TempDir()
	p := &Process{t: t, program: program, args: args, Addr: addr, URL: "http://" + addr, Data: data}
	// Of two values for one name, the later counts.
	p.env = slices.Concat(ours, []string{"SARNAKH_ADDR=" + addr, "SARNAKH_DATA=" + data}, env)
	for _, v := range env {
		if value, ok := strings.CutPrefix(v, "SARNAKH_DATA="); ok {
			p.Data = value
		}
		if value, ok := strings.CutPrefix(v, "SARNAKH_ADDR="); ok {
			p.Addr, p.URL = value, "http://"+value
		}
	}
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() {
			t.Logf("%s stdout:\n%s\nstderr:\n%s", strings.Join(args, " "), p.Stdout(), p.Stderr())
		}
	})
	return p
}

func (p *Process) launch() {
	p.t.Helper()
	cmd := exec.Command(p.program, p.args...)
	cmd.Env = p.env
	cmd.Stdout, cmd.Stderr = &p.out, &p.err
	child, err := launch(cmd)
	if err != nil {
		p.t.Fatal(err)
	}
	p.child = child
}

// Restart starts the same command again, on the same address and data, after
// Kill or Stop, and returns when it is ready. Output goes on where it was.
func (p *Process) Restart() {
	p.t.Helper()
	p.Stop()
	p.launch()
	p.WaitReady()
}

// WaitReady returns when /readyz answers 200, and fails the test when the
// program ends before or takes more than a minute.
func (p *Process) WaitReady() {
	p.t.Helper()
	err := p.child.await(startLimit, func() error {
		answer, err := http.Get(p.URL + "/readyz")
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			text, err := io.ReadAll(answer.Body)
			return fmt.Errorf("/readyz: %s %s (%v)", answer.Status, text, err)
		}
		return nil
	})
	if err != nil {
		p.t.Fatalf("%s is not ready: %v", strings.Join(p.args, " "), err)
	}
}

// WaitFor returns when the program has written the text, to stdout or stderr,
// and fails the test when it has not at the end of the limit.
func (p *Process) WaitFor(text string, limit time.Duration) {
	p.t.Helper()
	err := p.child.await(limit, func() error {
		if !strings.Contains(p.Stdout(), text) && !strings.Contains(p.Stderr(), text) {
			return fmt.Errorf("it has not written %q", text)
		}
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// Kill ends the program with SIGKILL, as a crash or a power cut would, and
// returns when it is gone.
func (p *Process) Kill() { p.child.kill() }

// Stop asks the program to end (SIGTERM) and returns its exit code when it has;
// -1 means that it was killed. It fails the test when the program takes longer
// than it promises. Stopping one that has ended only returns its code.
func (p *Process) Stop() int {
	p.t.Helper()
	if p.child == nil {
		return -1
	}
	// The only failure is that it has ended already.
	_ = p.child.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.child.done:
	case <-time.After(stopLimit):
		p.child.kill()
		p.t.Errorf("%s did not stop within %v", strings.Join(p.args, " "), stopLimit)
	}
	return p.Wait()
}

// Wait returns the exit code when the program has ended by itself, or -1 when
// a signal has ended it.
func (p *Process) Wait() int {
	<-p.child.done
	return p.child.cmd.ProcessState.ExitCode()
}

// Pid is the process's number, for what only the system knows of it.
func (p *Process) Pid() int { return p.child.cmd.Process.Pid }

// Stdout is what the program has written there so far, over all its restarts.
func (p *Process) Stdout() string { return p.out.String() }

// Stderr is what the program has written there so far, over all its restarts.
func (p *Process) Stderr() string { return p.err.String() }

// output is a buffer that can be read while the program writes to it.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
