package webhooks

import (
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"
)

// A delivery's states. Every delivery ends in delivered or failed.
const (
	StateWaiting   = "waiting"   // for its first or next attempt
	StateSending   = "sending"   // a process has it in hand
	StateDelivered = "delivered" // the receiver answered 2xx
	StateFailed    = "failed"    // given up; Error says why. It can be sent again by hand.
)

// states are the words for the filter of the log, in the order of the page.
var states = []string{StateWaiting, StateSending, StateDelivered, StateFailed}

// Why an attempt failed or a delivery was given up, where it was not the receiver's
// own status. Each has a sentence in the catalogue.
const (
	ErrorStatus      = "status"      // an answer other than 2xx
	ErrorRedirect    = "redirect"    // 3xx: not followed
	ErrorTimeout     = "timeout"     // no answer in time
	ErrorName        = "name"        // the host's name does not resolve
	ErrorRefused     = "refused"     // nobody listens there
	ErrorTLS         = "tls"         // the certificate does not hold
	ErrorPrivate     = "private"     // leads into a private network
	ErrorBroken      = "broken"      // the connection broke, or the answer was no HTTP
	ErrorInterrupted = "interrupted" // our process ended before the answer: it may have arrived
	ErrorDisabled    = "disabled"    // the endpoint was switched off before it was sent
	ErrorErased      = "erased"      // the person was erased before it was sent
)

// Delivery is one message on its way to one endpoint.
type Delivery struct {
	bun.BaseModel `bun:"table:webhook_deliveries,alias:delivery"`

	ID         int64     `bun:",pk,autoincrement" json:"id"`
	EndpointID int64     `json:"endpoint_id"`
	MessageID  int64     `json:"-"`
	State      string    `json:"state"`
	Attempt    int       `json:"attempts"`                         // begun so far, over all replays
	Round      int       `json:"-"`                                // attempts before the last replay: the schedule begins anew
	NextAt     time.Time `bun:",nullzero" json:"next_at,omitzero"` // when it is tried, while waiting
	LeaseUntil time.Time `bun:",nullzero" json:"-"`                // wall clock: when nobody has it in hand any more
	Status     int       `json:"status"`                           // HTTP status of the last answer, 0 without one
	Error      string    `json:"error"`                            // what went wrong last
	CreatedAt  time.Time `json:"created_at"`
	FinishedAt time.Time `bun:",nullzero" json:"finished_at,omitzero"`

	Message *Message `bun:"rel:belongs-to,join:message_id=id" json:"message"`
}

// Attempt is one try at a delivery.
type Attempt struct {
	bun.BaseModel `bun:"table:webhook_attempts,alias:attempt"`

	DeliveryID int64     `bun:",pk" json:"-"`
	Number     int       `bun:",pk" json:"number"`
	At         time.Time `json:"at"`
	TookMS     int64     `bun:"took_ms" json:"took_ms"` // milliseconds
	Status     int       `json:"status"`                // 0 without an answer
	Error      string    `json:"error"`                 // empty when it arrived
	Response   string    `json:"response"`              // the first kilobyte of the answer
}

// schedule is how long after a failed attempt the next one follows: as the
// specification has it, ten attempts over three days.
var schedule = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// backOff is the wait after the n-th failed attempt, a tenth more or less by chance, so
// that what failed together does not come back together; false after the last.
func backOff(n int) (time.Duration, bool) {
	if n < 1 || n > len(schedule) {
		return 0, false
	}
	wait := schedule[n-1]
	return wait - wait/10 + rand.N(wait/5), true
}

// patience is how long an endpoint may fail, without one success, until it is disabled.
const patience = 5 * 24 * time.Hour

// longestHold is the longest that a receiver may ask us to wait.
const longestHold = 24 * time.Hour
