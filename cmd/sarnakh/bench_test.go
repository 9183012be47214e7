package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/access"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/programs"
)

// benchLeads is how many people the database of the benchmarks knows.
const benchLeads = 3000

// bareServer names the address at which this test binary, started once more, answers
// every request with 200 and does nothing else.
const bareServer = "SARNAKH_TEST_BARE_SERVER"

func init() {
	if addr := os.Getenv(bareServer); addr != "" {
		fmt.Fprintln(os.Stderr, http.ListenAndServe(addr, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
		os.Exit(1)
	}
}

// BenchmarkStart is the time from starting the real program, on a database that a few
// thousand leads have gone through, to its first "ready" (ms-to-ready), what it then
// holds of the machine's memory with nothing to do (MB-idle), and after a thousand page
// views of visitors and of the team (MB-viewed). Beside it the same for a Go process
// with the same packages in it that opens nothing.
func BenchmarkStart(b *testing.B) {
	program := testkit.Binary(b)
	data, key := busyYear(b)
	for _, run := range []struct {
		name    string
		command func(addr string) *exec.Cmd
		pages   []string
	}{
		{"limit=bare-server", bare, []string{"/"}},
		{
			"sarnakh", func(addr string) *exec.Cmd {
				return exec.Command(program, "serve", "--addr", addr, "--data", data, "--api-rate", "100000")
			},
			[]string{"/p/guide", "/f/brewing-guide", "/p/guide?lang=fa", "/leads", "/"},
		},
	} {
		b.Run(run.name, func(b *testing.B) {
			var total time.Duration
			for b.Loop() {
				p := launch(b, run.command)
				b.StopTimer()
				total += p.took
				p.end(b)
				b.StartTimer()
			}
			b.ReportMetric(float64(total.Microseconds())/1000/float64(b.N), "ms-to-ready")
			b.ReportMetric(0, "ns/op")
			p := launch(b, run.command)
			defer p.end(b)
			b.ReportMetric(p.settled(b), "MB-idle")
			p.view(b, run.pages, "Authorization: Bearer "+key)
			b.ReportMetric(p.settled(b), "MB-viewed")
		})
	}
}

// bare is the command of a server that opens nothing.
func bare(addr string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), bareServer+"="+addr)
	return cmd
}

// launched is a process that answers.
type launched struct {
	cmd  *exec.Cmd
	url  string
	took time.Duration // from its start to its first 200
}

// launch starts a process and waits until it is ready, looking every half millisecond.
func launch(b *testing.B, command func(addr string) *exec.Cmd) *launched {
	b.Helper()
	port, err := programs.FreePort()
	if err != nil {
		b.Fatal(err)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	p := &launched{cmd: command(addr), url: "http://" + addr}
	programs.Bind(p.cmd)
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	look := time.NewTicker(500 * time.Microsecond)
	defer look.Stop()
	for ; time.Since(began) < time.Minute; <-look.C {
		res, err := http.Get(p.url + "/readyz")
		if err != nil {
			continue // it does not listen yet
		}
		_ = res.Body.Close()
		if res.StatusCode == http.StatusOK {
			p.took = time.Since(began)
			return p
		}
	}
	_ = p.cmd.Process.Kill()
	b.Fatal("it is not ready after a minute")
	return nil
}

// end has the process end; the next one needs its data.
func (p *launched) end(b *testing.B) {
	b.Helper()
	http.DefaultClient.CloseIdleConnections()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		b.Fatal(err)
	}
	_ = p.cmd.Wait() // the bare server knows no graceful end
}

// view asks for the pages in turn, a thousand in all, eight at a time.
func (p *launched) view(b *testing.B, paths []string, headers ...string) {
	b.Helper()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 125 {
				if a := ask(b, "GET", p.url+paths[i%len(paths)], "", headers...); a.StatusCode != http.StatusOK {
					b.Errorf("%s: %d", paths[i%len(paths)], a.StatusCode)
				}
			}
		})
	}
	all.Wait()
}

var residentSize = regexp.MustCompile(`(?m)^VmRSS:\s+(\d+) kB$`)

// settled is the process's resident memory in MB once it has not changed by more than
// a hundredth for two seconds.
func (p *launched) settled(b *testing.B) float64 {
	b.Helper()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	var size float64
	since := time.Now()
	for deadline := time.Now().Add(30 * time.Second); time.Since(since) < 2*time.Second && time.Now().Before(deadline); <-look.C {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
		if err != nil {
			b.Skipf("the system does not tell a process's memory: %v", err)
		}
		found := residentSize.FindSubmatch(raw)
		if found == nil {
			b.Fatalf("no resident size in %s", raw)
		}
		kilobytes, err := strconv.ParseFloat(string(found[1]), 64)
		if err != nil {
			b.Fatal(err)
		}
		if now := kilobytes * 1024 / 1e6; now < size*0.99 || now > size*1.01 {
			size, since = now, time.Now()
		}
	}
	return size
}

// busyYear is a data folder that benchLeads people have gone through, and a key to
// it: all that the sample campaign had to do at once is done, the rest waits for its day.
func busyYear(b *testing.B) (data, key string) {
	b.Helper()
	data = b.TempDir()
	s := open(b, data, pagesHalf|workersHalf)
	defer s.Stop()
	_, key, err := s.access.CreateKey(context.Background(), "bench", "bench", access.Everything)
	if err != nil {
		b.Fatal(err)
	}
	var all sync.WaitGroup
	for person := range 30 {
		all.Go(func() {
			for i := range benchLeads / 30 {
				res, err := asIs.PostForm(s.url+"/f/brewing-guide", guide(fmt.Sprintf("person%d.%d@example.com", person, i)))
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				if res.StatusCode != http.StatusSeeOther {
					b.Errorf("a submission was answered with %d", res.StatusCode)
				}
			}
		})
	}
	all.Wait()
	if err := s.settle(context.Background()); err != nil {
		b.Fatal(err)
	}
	return data, key
}
