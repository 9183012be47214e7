package mail

// Outcome is what became of a message that was handed to the mail server.
type Outcome int

// The outcomes.
const (
	_         Outcome = iota
	Sent              // the server has taken it and answers for it now
	Temporary         // not taken; another try may succeed
	Permanent         // refused for good: another try is of no use
	Unsure            // the connection broke after the whole message and before the answer
)

// String names the outcome in a log.
func (o Outcome) String() string {
	return [...]string{"unknown", "sent", "temporary", "permanent", "unsure"}[o]
}

// Receipt is the outcome of one message.
type Receipt struct {
	Outcome Outcome
	// Reply is the server's refusal in its own words, or what went wrong on the
	// way. It may quote the recipient's address. Empty when sent.
	Reply string
	// Away says that the trouble is with the server and not with this message:
	// the next one would fare no better.
	Away bool
}
