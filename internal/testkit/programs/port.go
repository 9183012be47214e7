package programs

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// FreePort is a TCP port of 127.0.0.1 on which nobody listens right now, for
// servers that cannot choose one by themselves or must come back on the same.
// It lies below the range from which systems take the ports of outgoing
// connections, so that none of those takes it while the server is down.
func FreePort() (int, error) {
	const lowest, highest, tries = 20000, 32767, 100
	for range tries {
		port := lowest + rand.IntN(highest-lowest+1)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		return port, l.Close()
	}
	return 0, errors.New("no free port between 20000 and 32767")
}
