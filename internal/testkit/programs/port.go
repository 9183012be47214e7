package programs

import "net"

// FreePort is a TCP port of 127.0.0.1 on which nobody listens right now. For
// servers that cannot choose a port by themselves and say which they took.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}
