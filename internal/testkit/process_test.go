package testkit

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program is a small stand-in for the real one: it serves what the shell
// commands say, so that these tests need no build of the whole product.
func program(t *testing.T, script string) *Process {
	t.Helper()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh")
	}
	p := prepare(t, shell, []string{"-c", script}, []string{"SARNAKH_REDIS=redis://here"})
	p.launch()
	return p
}

func TestStoppedProcessMayEndInItsOwnWay(t *testing.T) {
	p := program(t, `trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.05; done`)
	p.WaitFor("up", time.Minute)
	if code := p.Stop(); code != 3 || !strings.Contains(p.Stdout(), "bye") {
		t.Errorf("ended with %d, wrote %q", code, p.Stdout())
	}
}

func TestKilledProcessCannotSayGoodbye(t *testing.T) {
	p := program(t, `trap 'echo bye' TERM EXIT; echo up; while :; do sleep 0.05; done`)
	p.WaitFor("up", time.Minute)
	p.Kill()
	if code := p.Wait(); code != -1 || strings.Contains(p.Stdout(), "bye") {
		t.Errorf("ended with %d, wrote %q", code, p.Stdout())
	}
}

func TestProcessSeesItsOwnSettingsOnly(t *testing.T) {
	t.Setenv("SARNAKH_SMTP", "smtp://somewhere.of.the.developers")
	p := program(t, `env | grep ^SARNAKH_ | sort`)
	p.Wait()
	want := "SARNAKH_ADDR=" + p.Addr + "\nSARNAKH_DATA=" + p.Data + "\nSARNAKH_REDIS=redis://here\n"
	if p.Stdout() != want {
		t.Errorf("got\n%swant\n%s", p.Stdout(), want)
	}
	if !filepath.IsAbs(p.Data) {
		t.Errorf("data folder %q is not absolute", p.Data)
	}
}
