package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/cmd/sarnakh/simulate"
)

// progress shows how far the demo is: a bar on a terminal, a line now and then
// elsewhere.
type progress struct {
	out      io.Writer
	terminal bool
	last     time.Time
}

func newProgress(out io.Writer) *progress {
	p := &progress{out: out}
	if f, ok := out.(*os.File); ok {
		if info, err := f.Stat(); err == nil {
			p.terminal = info.Mode()&os.ModeCharDevice != 0
		}
	}
	return p
}

const barWidth = 32

func (p *progress) update(now simulate.Progress) {
	every := 5 * time.Second
	if p.terminal {
		every = 80 * time.Millisecond
	}
	if time.Since(p.last) < every {
		return
	}
	p.last = time.Now()
	share := 0.0
	if now.Total > 0 {
		share = min(1, float64(now.Done)/float64(now.Total))
	}
	if !p.terminal {
		fmt.Fprintf(p.out, "  day %d, %s: %d of %d\n", now.Day, now.Stage, now.Done, now.Total)
		return
	}
	full := int(share * barWidth)
	fmt.Fprintf(p.out, "\r  %s%s %3.0f %%  day %-3d %-24s", strings.Repeat("━", full), strings.Repeat("╌", barWidth-full), 100*share, now.Day, now.Stage)
}

func (p *progress) done() {
	if p.terminal {
		fmt.Fprintf(p.out, "\r%s\r", strings.Repeat(" ", barWidth+48))
	}
}
