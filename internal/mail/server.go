package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
)

const (
	// patience is the longest wait for one answer. Servers that check for spam
	// while the client waits take many seconds after the message.
	patience = 60 * time.Second
	// dialPatience is the longest wait for a connection.
	dialPatience = 15 * time.Second
	// connections are kept at most, unless the URL says otherwise.
	defaultConnections = 4
)

// server is where and how to connect, as the URL says.
type server struct {
	host        string
	port        int
	implicitTLS bool // smtps
	policy      gomail.TLSPolicy
	unverified  bool
	user, pass  string
	connections int
}

var errURL = errors.New("smtp: write the URL as smtp://user:password@host:587 or smtps://user:password@host:465; " +
	"it may end in ?connections=4 and ?tls=required, unverified or off")

// parse reads a URL. Its errors do not repeat the URL: that may hold a password.
func parse(rawURL string) (server, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") {
		return server{}, errURL
	}
	s := server{
		host: u.Hostname(), port: 25, implicitTLS: u.Scheme == "smtps",
		policy: gomail.TLSOpportunistic, connections: defaultConnections, user: u.User.Username(),
	}
	s.pass, _ = u.User.Password()
	switch {
	case u.Port() != "":
		if s.port, err = strconv.Atoi(u.Port()); err != nil || s.port < 1 || s.port > 65535 {
			return server{}, errURL
		}
	case s.implicitTLS:
		s.port = 465
	case s.user != "":
		s.port = 587
	}
	if n := u.Query().Get("connections"); n != "" {
		if s.connections, err = strconv.Atoi(n); err != nil || s.connections < 1 || s.connections > 100 {
			return server{}, errURL
		}
	}
	switch u.Query().Get("tls") {
	case "":
	case "required":
		s.policy = gomail.TLSMandatory
	case "unverified":
		s.unverified = true
	case "off":
		s.policy = gomail.NoTLS
	default:
		return server{}, errURL
	}
	return s, nil
}

func (s server) address() string { return net.JoinHostPort(s.host, strconv.Itoa(s.port)) }

// dial connects, greets, turns to TLS when the server offers it, and signs in.
func (s server) dial(ctx context.Context) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialPatience)
	defer cancel()
	secure := &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: s.unverified}
	var socket net.Conn
	unhook := func() bool { return false }
	defer func() { unhook() }()
	options := []gomail.Option{
		gomail.WithPort(s.port), gomail.WithTimeout(dialPatience), gomail.WithTLSConfig(secure), gomail.WithTLSPolicy(s.policy),
		gomail.WithDialContextFunc(func(_ context.Context, network, address string) (net.Conn, error) {
			c, err := s.connect(ctx, network, address, secure)
			if err != nil {
				return nil, err
			}
			// The dialogue that follows knows no context: its end reaches it here.
			unhook = context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
			socket = c
			return c, nil
		}),
	}
	if s.user != "" {
		// Picks what keeps the password secret on the way, or fails.
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.user), gomail.WithPassword(s.pass))
	}
	client, err := gomail.NewClient(s.host, options...)
	if err != nil {
		return nil, fmt.Errorf("smtp: %w", err)
	}
	dialogue, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		if socket != nil {
			_ = socket.Close() // it is of no use; that it would not close adds nothing
		}
		return nil, fmt.Errorf("smtp: server %s: %w", s.address(), err)
	}
	pipelining, _ := dialogue.Extension("PIPELINING")
	utf8, _ := dialogue.Extension("SMTPUTF8")
	return &conn{client: dialogue, socket: socket, pipelining: pipelining, utf8: utf8, used: time.Now()}, nil
}

func (s server) connect(ctx context.Context, network, address string, secure *tls.Config) (net.Conn, error) {
	if s.implicitTLS {
		return (&tls.Dialer{Config: secure}).DialContext(ctx, network, address)
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}
