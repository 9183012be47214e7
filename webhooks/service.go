package webhooks

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/secure"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/workers"
)

// Config is how messages go out. The zero value is right for the open internet.
type Config struct {
	AllowPrivate bool          // endpoints may lie on this machine and in private networks
	Timeout      time.Duration // for one attempt, from dialling to the end of the answer; 15 s when zero
	KeepSecret   time.Duration // how long an old secret signs beside its successor; a day when zero
	Connections  int           // attempts at one endpoint at a time, in each process; 8 when zero
	// Signer seals the signing secrets in the database; nil stores them as they are.
	Signer *secure.Signer
}

// Service knows the endpoints, writes what they are to be told, and sends it.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	queue  *workers.Queue
	leads  *leads.Service
	config Config
	log    *slog.Logger
	client *http.Client
	desk   *desk
}

// New returns a Service that takes events in and shows its pages. It sends once Start
// is called.
func New(d *db.DB, c clock.Clock, q *workers.Queue, l *leads.Service, config Config, log *slog.Logger) *Service {
	if config.Timeout == 0 {
		config.Timeout = 15 * time.Second
	}
	if config.KeepSecret == 0 {
		config.KeepSecret = 24 * time.Hour
	}
	if config.Connections == 0 {
		config.Connections = 8
	}
	s := &Service{db: d, clock: c, queue: q, leads: l, config: config, log: log, client: newClient(config)}
	s.desk = newDesk(s)
	// Who is erased is erased from the log too: deliveries first, for they hang on messages.
	// A person is told an endpoint's description: its address often is a password.
	l.AddHolding(
		leads.Holding{Table: "webhook_deliveries", Key: []string{"id"}, Lead: "message_id", Through: "webhook_messages", Names: map[string]string{"endpoint_id": "webhook_endpoints.description"}, Erase: leads.Erasure{Delete: true}},
		leads.Holding{Table: "webhook_messages", Key: []string{"id"}, Erase: leads.Erasure{Delete: true}},
	)
	return s
}

const (
	// jobWake says that an endpoint, its Ref, has something due.
	jobWake = "webhooks.wake"
	// jobForget takes away what is older than the log reaches.
	jobForget = "webhooks.forget"
)

// RegisterJobs tells the queue who sends what is due. Call it in the processes that
// work, and Start after it.
func (s *Service) RegisterJobs(q *workers.Queue) {
	q.Handle(jobWake, s.desk.wake, workers.Options{})
	q.Handle(jobGiveUp, s.giveUpAll, workers.Options{})
	q.Every(jobForget, 6*time.Hour, s.Forget)
}
