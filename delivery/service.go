package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/mail"
	"github.com/sarnakh/sarnakh/internal/secure"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

// Policy says what happens to a message of which nobody knows whether it went out.
type Policy string

// The policies.
const (
	// Resend sends it again under the same Message-ID. Many mail servers and
	// programs drop the second copy by that; nobody goes without the message.
	Resend Policy = "resend"
	// Hold keeps it in the state unsure: nobody gets it twice.
	Hold Policy = "hold"
)

// Config is who writes, and from where.
type Config struct {
	FromName    i18n.Text // in the reader's language
	FromAddress string
	PublicURL   string // under which visitors reach our pages, without a slash at the end
	Policy      Policy // Resend when empty
}

// Content is an e-mail, written for one person.
type Content struct {
	Language i18n.Lang
	FromName string // instead of the configured one; may be empty
	Subject  string
	HTML     string
	Text     string
}

// Renderer writes the e-mail that a message calls for. Links makes the addresses
// in it that are the message's own. An error of kind errs.Invalid or errs.NotFound fails
// this one message for good; with any other the message waits. It is called from many goroutines.
type Renderer interface {
	Render(ctx context.Context, m *Message, lead *leads.Lead, links Links) (*Content, error)
}

// Splitter says which version of an e-mail each reader gets, where the Renderer's e-mails
// have several.
type Splitter interface {
	// Split sets Experiment and Variant of those messages whose e-mail has versions. It is
	// called before the first try of each, once for a whole batch.
	Split(ctx context.Context, messages []*Message) error
	// Shown counts, within tx, that these messages go out now in the version that is theirs.
	Shown(ctx context.Context, tx db.Tx, messages []*Message) error
}

// Service delivers messages and hears what becomes of them.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	queue  *workers.Queue
	leads  *leads.Service
	signer *secure.Signer
	config Config
	domain string // of the sender's address
	log    *slog.Logger
	hits   *db.Batcher[hit]

	transport *mail.Transport
	renderer  Renderer
	splitter  Splitter // the renderer, if it is one; else nil

	stopping chan struct{}
	stopOnce sync.Once
}

// New returns a Service that takes messages in and serves tracking links. A faulty
// config is an error in one sentence.
func New(d *db.DB, c clock.Clock, q *workers.Queue, l *leads.Service, signer *secure.Signer, config Config, log *slog.Logger) (*Service, error) {
	if err := mail.CheckAddress(config.FromAddress); err != nil {
		return nil, errors.New("delivery: the sender's address is not an e-mail address")
	}
	if config.Policy == "" {
		config.Policy = Resend
	}
	if config.Policy != Resend && config.Policy != Hold {
		return nil, fmt.Errorf("delivery: the policy for unsure messages is resend or hold, not %q", config.Policy)
	}
	config.PublicURL = strings.TrimRight(config.PublicURL, "/")
	_, domain, _ := strings.Cut(config.FromAddress, "@")
	s := &Service{
		db: d, clock: c, queue: q, leads: l, signer: signer, config: config, domain: domain, log: log,
		stopping: make(chan struct{}),
	}
	s.hits = db.NewBatcher(d, 200, s.recordHits)
	l.AddHolding(holdings()...)
	l.AddEraser(s.suppressErased)
	return s, nil
}

const (
	// batchSize is how many messages are on their way under one pair of commits. A
	// crash leaves no more than that in doubt for each of the workers that send.
	batchSize = 25
	// lease is how long one attempt at a batch may take.
	lease = time.Minute
	// lastWord is how long before the lease's end nothing more is begun: a message
	// cut off while the server thinks about it would be unsure.
	lastWord = 35 * time.Second
)

// RegisterJobs tells the queue who sends messages, with which transport and in
// whose words. Call it in the processes that work.
func (s *Service) RegisterJobs(q *workers.Queue, t *mail.Transport, r Renderer) {
	s.transport, s.renderer = t, r
	s.splitter, _ = r.(Splitter)
	q.Handle(jobSend, s.send, workers.Options{Batch: batchSize, Lease: lease, Outside: true})
}

// Stop has batches that are being sent put back what they have not begun, so that
// the program can end within seconds. Call it before the Runner's Stop.
func (s *Service) Stop() { s.stopOnce.Do(func() { close(s.stopping) }) }

func (s *Service) stopped() bool {
	select {
	case <-s.stopping:
		return true
	default:
		return false
	}
}
