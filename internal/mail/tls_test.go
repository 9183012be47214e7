package mail_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"

	"github.com/sarnakh/sarnakh/internal/mail"
)

// guarded is a server that takes mail only over TLS and after a password.
type guarded struct{ conn *gosmtp.Conn }

func (g *guarded) Reset()        {}
func (g *guarded) Logout() error { return nil }

func (g *guarded) AuthMechanisms() []string { return []string{sasl.Plain} }

func (g *guarded) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "shop" || password != "s3cret" {
			return gosmtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (g *guarded) Mail(string, *gosmtp.MailOptions) error {
	if _, ok := g.conn.TLSConnectionState(); !ok {
		return &gosmtp.SMTPError{Code: 530, Message: "not without TLS"}
	}
	return nil
}

func (g *guarded) Rcpt(string, *gosmtp.RcptOptions) error { return nil }

func (g *guarded) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

func startGuarded(t *testing.T, implicit bool) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := gosmtp.NewServer(gosmtp.BackendFunc(func(c *gosmtp.Conn) (gosmtp.Session, error) { return &guarded{c}, nil }))
	s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
	s.ErrorLog = log.New(io.Discard, "", 0)
	address = l.Addr().String()
	if implicit {
		l = tls.NewListener(l, s.TLSConfig)
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return address
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestPasswordTravelsOverTLS(t *testing.T) {
	for scheme, implicit := range map[string]bool{"smtp": false, "smtps": true} {
		address := startGuarded(t, implicit)
		tr := open(t, scheme+"://shop:s3cret@"+address+"?tls=unverified")
		want(t, tr.Send(t.Context(), letter()), mail.Sent)
		want(t, tr.Send(t.Context(), letter()), mail.Sent)

		for url, why := range map[string]string{
			scheme + "://shop:wrong@" + address + "?tls=unverified": "AUTH failed",
			scheme + "://shop:s3cret@" + address:                    "certificate",
		} {
			err := open(t, url).Check(t.Context())
			if err == nil || !strings.Contains(err.Error(), why) {
				t.Errorf("%v, want something about %q", err, why)
			} else if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "wrong") {
				t.Errorf("the error tells the password: %v", err)
			}
		}
	}
}

func TestRequiredTLSThatIsNotOfferedIsAnError(t *testing.T) {
	s := startScript(t, nil, usual)
	if err := open(t, s.url+"?tls=required").Check(t.Context()); err == nil {
		t.Error("it goes on in the clear")
	}
}
