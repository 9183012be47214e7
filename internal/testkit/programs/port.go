package programs

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// FreePort is a TCP port of 127.0.0.1 on which nobody listens right now, for
// servers that cannot choose one by themselves or must come back on the same.
// It lies below the range from which systems take the ports of outgoing
// connections, so that none of those takes it while the server is down, and no
// test of another process is told the same as long as this one lives.
func FreePort() (int, error) {
	const lowest, highest, tries = 20000, 32767, 100
	for range tries {
		port := lowest + rand.IntN(highest-lowest+1)
		mine, err := told.take(port)
		if err != nil {
			return 0, fmt.Errorf("free port: %w", err)
		}
		if !mine {
			continue
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		return port, l.Close()
	}
	return 0, errors.New("no free port between 20000 and 32767")
}

// told are the ports that were told to somebody. Those of all processes are bytes of one
// file, each locked by its process, which lets go of them when it ends, however it does.
var told = &ports{mine: map[int]bool{}}

type ports struct {
	mu   sync.Mutex
	file *os.File
	mine map[int]bool
}

func (p *ports) take(port int) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mine[port] {
		return false, nil
	}
	if p.file == nil {
		f, err := os.OpenFile(filepath.Join(os.TempDir(), "sarnakh-ports"), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return false, err
		}
		p.file = f
	}
	err := syscall.FcntlFlock(p.file.Fd(), syscall.F_SETLK, &syscall.Flock_t{Type: syscall.F_WRLCK, Whence: io.SeekStart, Start: int64(port), Len: 1})
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EACCES) {
		return false, nil
	}
	p.mine[port] = err == nil
	return err == nil, err
}
