package mail

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Transport sends messages to one mail server over a few kept connections. It may
// be used from many goroutines. It dials when there is something to send.
type Transport struct {
	server  server
	slots   chan struct{} // one for each connection that may exist
	breaker breaker

	mu   sync.Mutex
	idle []*conn
}

// NewTransport takes the server's URL: smtp://user:password@host:port, which turns
// to TLS when the server offers it, or smtps://. The port is 25, with a user 587,
// for smtps 465 when it is left out; ?connections= is how many are kept at most (4);
// ?tls=required insists on TLS, unverified takes any certificate, off asks for none.
func NewTransport(rawURL string) (*Transport, error) {
	s, err := parse(rawURL)
	if err != nil {
		return nil, err
	}
	return &Transport{server: s, slots: make(chan struct{}, s.connections)}, nil
}

// Connections is how many messages can be on their way at the same time.
func (t *Transport) Connections() int { return t.server.connections }

// Ready says whether the server can be reached now, and leaves a connection open
// for the messages that follow. While the server is away it answers at once
// instead of dialling each time.
func (t *Transport) Ready(ctx context.Context) error {
	release, err := t.slot(ctx)
	if err != nil {
		return err
	}
	defer release()
	c, err := t.connection(ctx)
	if err != nil {
		return err
	}
	t.keep(c)
	return nil
}

// Send hands one message to the server, over a kept connection or a new one. What
// became of it is in the receipt; nothing is tried again once its content was begun.
func (t *Transport) Send(ctx context.Context, m *Message) Receipt {
	raw, err := m.Encode()
	if err != nil {
		return Receipt{Outcome: Permanent, Reply: err.Error()}
	}
	release, err := t.slot(ctx)
	if err != nil {
		return Receipt{Outcome: Temporary, Reply: err.Error()}
	}
	defer release()
	for {
		c, err := t.connection(ctx)
		if err != nil {
			return Receipt{Outcome: Temporary, Reply: err.Error(), Away: true}
		}
		wasUsed := c.reused
		r, begun := c.deliver(ctx, m.From.Email, m.To.Email, raw)
		lost := c.lost // once it is kept, c is somebody else's
		t.keep(c)
		if lost && wasUsed && !begun && ctx.Err() == nil {
			continue // the server had ended a connection that was kept too long
		}
		if r.Away && r.Outcome != Unsure && ctx.Err() == nil {
			t.breaker.failed(time.Now(), fmt.Errorf("smtp: server %s: %s", t.server.address(), r.Reply))
		}
		return r
	}
}

// Check connects, signs in and says goodbye: what an operator wants to know.
func (t *Transport) Check(ctx context.Context) error {
	c, err := t.server.dial(ctx)
	if err != nil {
		return err
	}
	c.close()
	return nil
}

// Close ends the connections that are not in use.
func (t *Transport) Close() {
	t.mu.Lock()
	idle := t.idle
	t.idle = nil
	t.mu.Unlock()
	for _, c := range idle {
		c.close()
	}
}

// slot waits for the right to use one connection.
func (t *Transport) slot(ctx context.Context) (release func(), err error) {
	select {
	case t.slots <- struct{}{}:
		return func() { <-t.slots }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("smtp: %w", context.Cause(ctx))
	}
}

// connection returns a kept connection that still stands, or a new one.
func (t *Transport) connection(ctx context.Context) (*conn, error) {
	for {
		c := t.takeIdle()
		if c == nil {
			break
		}
		if c.alive(ctx) {
			return c, nil
		}
		c.lost = true
		c.close()
	}
	if err := t.breaker.allow(time.Now(), dialPatience); err != nil {
		return nil, err
	}
	c, err := t.server.dial(ctx)
	if err != nil {
		t.breaker.failed(time.Now(), err)
		return nil, err
	}
	t.breaker.worked()
	return c, nil
}

func (t *Transport) takeIdle() *conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.idle) == 0 {
		return nil
	}
	c := t.idle[len(t.idle)-1]
	t.idle = t.idle[:len(t.idle)-1]
	return c
}

// keep puts a connection back for the next message, unless it is lost.
func (t *Transport) keep(c *conn) {
	if c.lost {
		c.close()
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.idle = append(t.idle, c)
}
