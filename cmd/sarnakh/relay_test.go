package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/sarnakh/sarnakh/internal/testkit/programs"
)

// relay is a piece of wire between two programs: it counts and keeps what passes, and
// it can be cut.
type relay struct {
	t      testing.TB
	target string
	addr   string

	mu       sync.Mutex
	listener net.Listener
	open     map[net.Conn]bool
	up, down strings.Builder // what clients and what the server have sent
}

// newRelay listens on a free port and passes everything on to target; it ends with
// the test.
func newRelay(t testing.TB, target string) *relay {
	t.Helper()
	port, err := programs.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{t: t, target: target, addr: fmt.Sprintf("127.0.0.1:%d", port), open: map[net.Conn]bool{}}
	r.Mend()
	t.Cleanup(r.Cut)
	return r
}

// Mend listens, again on the same port.
func (r *relay) Mend() {
	r.t.Helper()
	l, err := net.Listen("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.listener = l
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // cut
			}
			go r.pass(c)
		}
	}()
}

// Cut breaks all connections and refuses new ones.
func (r *relay) Cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.listener.Close()
	for c := range r.open {
		_ = c.Close()
	}
	clear(r.open)
}

func (r *relay) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", r.target)
	if err != nil {
		return // the client sees a closed connection, as it would without us
	}
	defer server.Close()
	r.mu.Lock()
	r.open[client], r.open[server] = true, true
	r.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { r.copy(server, client, &r.up) })
	both.Go(func() { r.copy(client, server, &r.down) })
	both.Wait()
	r.mu.Lock()
	delete(r.open, client)
	delete(r.open, server)
	r.mu.Unlock()
}

// copy passes one direction on until either end closes, and then closes both.
func (r *relay) copy(to, from net.Conn, kept *strings.Builder) {
	_, _ = io.Copy(to, io.TeeReader(from, keeper{r, kept}))
	_ = to.Close()
	_ = from.Close()
}

// passed is what has come through since the wire was laid or last forgotten.
func (r *relay) passed() (up, down string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.up.String(), r.down.String()
}

// forget begins to count anew.
func (r *relay) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.up.Reset()
	r.down.Reset()
}

type keeper struct {
	r    *relay
	kept *strings.Builder
}

func (k keeper) Write(p []byte) (int, error) {
	k.r.mu.Lock()
	defer k.r.mu.Unlock()
	return k.kept.Write(p)
}
