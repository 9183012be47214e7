package mail

import (
	"context"
	"errors"
	"net"
	"net/textproto"
	"time"
	"unicode"

	"github.com/wneessen/go-mail/smtp"
)

// conn is one kept connection. One goroutine uses it at a time.
type conn struct {
	client     *smtp.Client
	socket     net.Conn
	pipelining bool      // the server takes several commands in one packet
	utf8       bool      // the server takes addresses beyond ASCII
	used       time.Time // wall clock: when it last answered
	reused     bool      // it has answered a command since it was made
	unclean    bool      // a refused message has left its sender standing
	lost       bool      // nothing more can be sent over it
}

// checkAfter is how long a connection may have been quiet before it is asked
// whether it still stands.
const checkAfter = 5 * time.Second

// alive asks a connection that was quiet for a while whether it still stands.
func (c *conn) alive(ctx context.Context) bool {
	if time.Since(c.used) < checkAfter {
		return true
	}
	defer c.within(ctx, 5*time.Second)()
	if err := c.client.Noop(); err != nil {
		return false
	}
	c.used = time.Now()
	return true
}

// close says goodbye and does not wait long for an answer.
func (c *conn) close() {
	if !c.lost && c.socket.SetDeadline(time.Now().Add(time.Second)) == nil {
		_ = c.client.Quit() // whoever does not answer a goodbye is gone as well
	}
	_ = c.socket.Close()
}

// within bounds what is done on the socket until the returned function is called.
func (c *conn) within(ctx context.Context, limit time.Duration) func() {
	// A socket that takes no deadline is broken, and reports so when it is used.
	_ = c.socket.SetDeadline(time.Now().Add(limit))
	unhook := context.AfterFunc(ctx, func() { _ = c.socket.SetDeadline(time.Unix(1, 0)) })
	return func() { unhook() }
}

// command is one line to the server and the answer that means success, by its
// first digits.
type command struct {
	line string
	want int
}

// deliver hands one encoded message over. begun tells whether its content was
// begun: if not, it may be handed to another connection at once.
func (c *conn) deliver(ctx context.Context, from, to string, raw []byte) (r Receipt, begun bool) {
	defer c.within(ctx, patience)()
	extra := ""
	if !ascii(from) || !ascii(to) {
		if !c.utf8 {
			return Receipt{Outcome: Permanent, Reply: "the mail server takes no addresses beyond ASCII"}, false
		}
		extra = " SMTPUTF8"
	}
	commands := []command{{"MAIL FROM:<" + from + ">" + extra, 250}, {"RCPT TO:<" + to + ">", 25}, {"DATA", 354}}
	if c.unclean {
		commands = append([]command{{"RSET", 250}}, commands...)
	}
	failed, err := c.envelope(commands)
	if err != nil {
		return c.refused(err, failed.want == 250), false
	}
	c.unclean = false
	return c.content(raw), true
}

// envelope sends the commands, in one packet where the server allows, and returns
// the first that failed.
func (c *conn) envelope(commands []command) (failed command, err error) {
	c.unclean = true
	text := c.client.Text
	send := func(line string) error {
		_, err := text.W.WriteString(line + "\r\n")
		return err
	}
	if c.pipelining {
		for _, cmd := range commands {
			if err := send(cmd.line); err != nil {
				return cmd, err
			}
		}
		if err := text.W.Flush(); err != nil {
			return commands[0], err
		}
	}
	for i, cmd := range commands {
		if !c.pipelining {
			if err := errors.Join(send(cmd.line), text.W.Flush()); err != nil {
				return cmd, err
			}
		}
		_, _, answer := text.ReadResponse(cmd.want)
		if answer == nil && err != nil && i == len(commands)-1 {
			// The server wants content although it refused the rest: RFC 2920
			// has us send none.
			return failed, errors.Join(err, c.nothing())
		}
		if answer != nil && err == nil {
			failed, err = cmd, answer
		}
		if err != nil && (!c.pipelining || !isAnswer(err)) {
			return failed, err
		}
	}
	return failed, err
}

// nothing ends a message before its first line. The server's refusal of it is
// expected; only a broken connection is an error.
func (c *conn) nothing() error {
	if err := c.client.Text.PrintfLine("."); err != nil {
		return err
	}
	if _, _, err := c.client.Text.ReadResponse(250); err != nil && !isAnswer(err) {
		return err
	}
	return nil
}

// content sends the message and reads the server's verdict.
func (c *conn) content(raw []byte) Receipt {
	w := c.client.Text.DotWriter()
	_, err := w.Write(raw)
	if closeErr := w.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		// The end mark goes out with the last bytes: the server has not seen it.
		return c.refused(err, true)
	}
	if _, _, err := c.client.Text.ReadResponse(250); err != nil {
		if !isAnswer(err) {
			c.lost = true
			return Receipt{Outcome: Unsure, Reply: "the connection broke before the server's answer: " + err.Error(), Away: true}
		}
		return c.refused(err, false)
	}
	c.used, c.reused = time.Now(), true
	return Receipt{Outcome: Sent}
}

// refused says what an error means for the message. ours tells that the step that
// failed is not about this recipient, so that even a 5xx there is no verdict on them:
// a server that no longer lets us in must not cost us the whole list.
func (c *conn) refused(err error, ours bool) Receipt {
	var answer *textproto.Error
	if !errors.As(err, &answer) || !isAnswer(err) {
		c.lost = true
		return Receipt{Outcome: Temporary, Reply: err.Error(), Away: true}
	}
	c.used, c.reused = time.Now(), true
	r := Receipt{Outcome: Temporary, Reply: answer.Error()}
	switch {
	case answer.Code == 421: // the server is closing
		c.lost, r.Away = true, true
	case answer.Code >= 500 && !ours:
		r.Outcome = Permanent
	case answer.Code >= 500:
		r.Away = true
	}
	return r
}

// isAnswer says whether err is nothing worse than an answer that was not wanted.
func isAnswer(err error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			if !isAnswer(e) {
				return false
			}
		}
		return true
	}
	var answer *textproto.Error
	return errors.As(err, &answer)
}

func ascii(s string) bool {
	for _, r := range s {
		if r > unicode.MaxASCII {
			return false
		}
	}
	return true
}
