package mail_test

import (
	"bufio"
	"net"
	"strings"
	"sync/atomic"
	"testing"
)

// script is a mail server that says just what a test has it say.
type script struct {
	url         string
	connections atomic.Int32
	messages    atomic.Int32
	commands    chan string
}

// startScript serves until the test ends. answer is asked about every command line and
// says the reply; "" takes the usual one.
func startScript(t *testing.T, extensions []string, answer func(line string) string) *script {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s := &script{url: "smtp://" + l.Addr().String(), commands: make(chan string, 1000)}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.connections.Add(1)
			t.Cleanup(func() { _ = c.Close() })
			go s.serve(c, extensions, answer)
		}
	}()
	return s
}

func (s *script) serve(c net.Conn, extensions []string, answer func(string) string) {
	in := bufio.NewScanner(c)
	say := func(text string) { _, _ = c.Write([]byte(text + "\r\n")) }
	say("220 script")
	for in.Scan() {
		line := in.Text()
		verb := strings.ToUpper(strings.SplitN(line, " ", 2)[0])
		s.commands <- line
		reply := answer(line)
		switch {
		case reply == "hang up":
			_ = c.Close()
			return
		case verb == "EHLO":
			for _, e := range extensions {
				say("250-" + e)
			}
			say("250 HELP")
		case verb == "DATA" && (reply == "" || strings.HasPrefix(reply, "354")):
			say("354 go on")
			for in.Scan() && in.Text() != "." {
			}
			s.messages.Add(1)
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			_ = c.Close()
			return
		case reply != "":
			say(reply)
		default:
			say("250 fine")
		}
	}
}

func usual(string) string { return "" }
