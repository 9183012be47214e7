package programs_test

import (
	"bufio"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/testkit/programs"
)

// Half of all ports there are: by chance alone some would be told twice.
const most = 3000

func TestNoPortIsToldTwice(t *testing.T) {
	if os.Getenv("ASK_FOR_PORTS") != "" {
		for range most {
			port, err := programs.FreePort()
			if err != nil {
				t.Fatal(err)
			}
			os.Stdout.WriteString("port " + strconv.Itoa(port) + "\n")
		}
		os.Stdout.Close()
		_, _ = os.Stdin.Read(make([]byte, 1)) // lives until it is let go
		return
	}
	seen, folder := map[string]bool{}, t.TempDir()
	for range 2 {
		c := exec.Command(os.Args[0], "-test.run=NoPortIsToldTwice")
		c.Env = append(os.Environ(), "ASK_FOR_PORTS=1", "TMPDIR="+folder)
		in, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { in.Close(); _ = c.Wait() })
		told := bufio.NewScanner(out)
		for told.Scan() {
			line := told.Text()
			if !strings.HasPrefix(line, "port ") {
				continue
			}
			if seen[line] {
				t.Errorf("%s is told twice", line)
			}
			seen[line] = true
		}
	}
	if len(seen) != 2*most {
		t.Errorf("%d ports, want %d", len(seen), 2*most)
	}
}
