package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/sarnakh/sarnakh/internal/testkit/programs"
)

// startLimit is how long a server may take until it answers.
const startLimit = 60 * time.Second

// A postgres is a throw-away PostgreSQL server.
type postgres struct {
	url  string
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
}

// startPostgres makes a cluster in the empty folder, which becomes the server's
// own, starts a server on a free port of 127.0.0.1 and waits until it answers.
// Nothing of it survives a power cut, which makes it about ten times faster and
// is all right for tests.
func startPostgres(ctx context.Context, folder string) (*postgres, error) {
	initdb, ok := programs.Postgres.Find()
	if !ok {
		return nil, errors.New("initdb is not there")
	}
	// Behind a link in PATH stands the folder that holds the server too.
	initdb, err := filepath.EvalSymlinks(initdb)
	if err != nil {
		return nil, err
	}
	bin := filepath.Dir(initdb)
	identity, err := serverIdentity()
	if err != nil {
		return nil, err
	}
	if identity != nil {
		if err := os.Chown(folder, int(identity.Uid), int(identity.Gid)); err != nil {
			return nil, err
		}
	}
	command := func(name string, arguments ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, name), arguments...)
		cmd.Dir = folder
		// Out of the terminal's reach: Ctrl-C must not take the server away
		// from under tests that are still ending.
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: identity}
		programs.Bind(cmd)
		return cmd
	}

	// Locale C with UTF-8 exists on every machine.
	made, err := command("initdb", "--pgdata", "data", "--username", "postgres", "--auth", "trust",
		"--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, made)
	}
	port, err := programs.FreePort()
	if err != nil {
		return nil, err
	}
	cmd := command("postgres", "-D", "data", "-p", strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
		"-c", "max_wal_size=128MB", "-c", "max_connections=300", "-c", "log_min_messages=fatal")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &postgres{
		url:  fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port),
		cmd:  cmd,
		done: make(chan struct{}),
	}
	go func() {
		// How it ended is in the log, which is what a person wants to read.
		_ = cmd.Wait()
		close(p.done)
	}()
	if err := p.await(ctx, filepath.Join(folder, "data", "postmaster.pid")); err != nil {
		p.stop()
		return nil, fmt.Errorf("%w\n%s", err, &log)
	}
	return p, nil
}

// await waits until the server says in its status file that it is ready, has
// ended, or the time is up.
func (p *postgres) await(ctx context.Context, status string) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-p.done:
			return errors.New("the server ended at once")
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-look.C:
			if ready(status) {
				return nil
			}
		}
	}
}

// ready reports whether the eighth line of the server's status file, which is
// where PostgreSQL's own pg_ctl looks, says so.
func ready(status string) bool {
	content, err := os.ReadFile(status)
	if err != nil {
		return false // not written yet
	}
	lines := strings.Split(string(content), "\n")
	return len(lines) >= 8 && strings.TrimSpace(lines[7]) == "ready"
}

// stop ends the server without saving anything, and waits until it is gone.
func (p *postgres) stop() {
	// SIGQUIT is PostgreSQL's immediate shutdown. It fails only when the
	// process has ended already.
	_ = p.cmd.Process.Signal(syscall.SIGQUIT)
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// serverIdentity is whom the server must run as: nobody special (nil) for
// ordinary people, another user than root for root, whom PostgreSQL refuses.
func serverIdentity() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as")
}
