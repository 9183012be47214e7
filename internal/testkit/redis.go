package testkit

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/testkit/programs"
)

// A RedisServer is a real Redis of one test's own. It is a process and not a
// database number on a shared server because tests empty it and kill it.
type RedisServer struct {
	t       testing.TB
	program string
	port    int
	folder  string

	mu     sync.Mutex
	server *child // nil while it is down
}

// Redis starts a Redis server that keeps nothing on disk; it ends with the
// test. The program is redis-server in PATH, or what SARNAKH_TEST_REDIS names.
func Redis(t testing.TB) *RedisServer {
	t.Helper()
	program, ok := programs.Redis.Find()
	if !ok {
		lacking(t, "no Redis: redis-server is not in PATH, and SARNAKH_TEST_REDIS names none")
	}
	port, err := programs.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	r := &RedisServer{t: t, program: program, port: port, folder: t.TempDir()}
	r.Start()
	t.Cleanup(r.Stop)
	return r
}

// URL is where it listens, now or when it is up again.
func (r *RedisServer) URL() string { return "redis://" + r.Addr() + "/0" }

// Addr is its host and port.
func (r *RedisServer) Addr() string { return "127.0.0.1:" + strconv.Itoa(r.port) }

// Stop kills the server: connections break, all its data is lost. Stopping one
// that is down does nothing.
func (r *RedisServer) Stop() {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.server != nil {
		r.server.kill()
		r.server = nil
	}
}

// Start brings the server up again, empty, on the same port, and returns when
// it answers. Starting one that is up does nothing.
func (r *RedisServer) Start() {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.server != nil {
		return
	}
	cmd := exec.Command(r.program, "--port", strconv.Itoa(r.port), "--bind", "127.0.0.1",
		"--save", "", "--appendonly", "no", "--dir", r.folder, "--loglevel", "warning")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	server, err := launch(cmd)
	if err != nil {
		r.t.Fatal(err)
	}
	err = server.await(startLimit, func() error { _, err := r.ask("PING"); return err })
	if err != nil {
		server.kill()
		r.t.Fatalf("redis-server does not answer: %v\n%s", err, &log)
	}
	r.server = server
}

// Flush empties the server, as an operator's FLUSHALL would.
func (r *RedisServer) Flush() {
	r.t.Helper()
	if answer, err := r.ask("FLUSHALL"); err != nil || answer != "+OK" {
		r.t.Fatalf("FLUSHALL: %q, %v", answer, err)
	}
}

// ask sends one command and returns the first line of the answer.
func (r *RedisServer) ask(command string) (string, error) {
	conn, err := net.DialTimeout("tcp", r.Addr(), time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSpace(line), err
}
