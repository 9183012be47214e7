package webhooks

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// keptAnswer is how much of an answer the log keeps, in bytes.
	keptAnswer = 1 << 10
	// drained is how much more is read so that the connection can be used again; of a
	// longer answer the rest is not fetched.
	drained = 16 << 10
)

// newClient posts messages: straight, without a proxy, redirects or cookies.
func newClient(c Config) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	if !c.AllowPrivate {
		dialer.Control = dialGuard
	}
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    10 * time.Second,
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           256,
			MaxIdleConnsPerHost:    c.Connections,
			IdleConnTimeout:        30 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			DisableCompression:     true, // nothing is to unfold in our memory
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// outcome is what one attempt came to.
type outcome struct {
	delivery *Delivery
	at       time.Time // domain time
	took     time.Duration
	status   int
	error    string // one of the Error constants, empty when it arrived
	response string
	hold     time.Duration // for how long the receiver asked to be left alone
}

// attempt posts a message to its endpoint once.
func (s *Service) attempt(ctx context.Context, e *Endpoint, d *Delivery) outcome {
	o := outcome{delivery: d, at: s.clock.Now()}
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	answer, err := s.request(ctx, e, d.Message, start)
	if err == nil {
		defer answer.Body.Close()
		o.status, o.hold = answer.StatusCode, holdOf(answer, start)
		o.response = readAnswer(answer.Body)
		o.error = judge(o.status)
	} else {
		o.error = reasonOf(err)
	}
	o.took = time.Since(start)
	return o
}

// request signs and sends. Both machines' clocks matter to the receiver, who refuses
// what is older than minutes: the time is the wall clock's.
func (s *Service) request(ctx context.Context, e *Endpoint, m *Message, at time.Time) (*http.Response, error) {
	signature, err := Sign(m.MessageID, at, []byte(m.Body), e.secrets(s.clock.Now())...)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, strings.NewReader(m.Body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Sarnakh-Webhooks/1")
	r.Header["webhook-id"] = []string{m.MessageID}
	r.Header["webhook-timestamp"] = []string{strconv.FormatInt(at.Unix(), 10)}
	r.Header["webhook-signature"] = []string{signature}
	// A kept connection that turns out to be dead is replaced at once: net/http may send
	// again, for the id makes a repetition harmless. An empty list says so and is not sent.
	r.Header["Idempotency-Key"] = []string{}
	return s.client.Do(r)
}

// readAnswer keeps the beginning of an answer as text. An answer that breaks off has
// had its status, which is what counts.
func readAnswer(body io.Reader) string {
	kept, _ := io.ReadAll(io.LimitReader(body, keptAnswer))
	if len(kept) == keptAnswer {
		_, _ = io.CopyN(io.Discard, body, drained)
	}
	return strings.ReplaceAll(strings.ToValidUTF8(string(kept), "\uFFFD"), "\x00", "\uFFFD")
}

// judge says what is wrong with a status: nothing with 200 to 299.
func judge(status int) string {
	switch status / 100 {
	case 2:
		return ""
	case 3:
		return ErrorRedirect
	}
	return ErrorStatus
}

// holdOf reads Retry-After: seconds or a date. It counts with every failure.
func holdOf(answer *http.Response, now time.Time) time.Duration {
	text := answer.Header.Get("Retry-After")
	if text == "" || judge(answer.StatusCode) == "" {
		return 0
	}
	var wait time.Duration
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), longestHold)
}

// reasonOf puts a failure of the way there into one of our words; the error itself may
// hold the address and is kept nowhere.
func reasonOf(err error) string {
	var (
		name      *net.DNSError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		alert     tls.AlertError
		record    tls.RecordHeaderError
		verify    *tls.CertificateVerificationError
		network   net.Error
	)
	switch {
	case errors.Is(err, errPrivate):
		return ErrorPrivate
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return ErrorTimeout
	case errors.Is(err, context.Canceled):
		return ErrorInterrupted
	case errors.As(err, &name):
		return ErrorName
	case errors.Is(err, syscall.ECONNREFUSED):
		return ErrorRefused
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &authority), errors.As(err, &host), errors.As(err, &invalid),
		errors.As(err, &alert), errors.As(err, &record), errors.As(err, &verify):
		return ErrorTLS
	}
	return ErrorBroken
}
