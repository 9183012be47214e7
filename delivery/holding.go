package delivery

import (
	"context"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// holdings is what we keep about leads: that an e-mail went out and what became of it
// stays countable when the address and the words are erased. What had not gone out does
// not any more; what is on its way at that moment may still arrive.
func holdings() []leads.Holding {
	return []leads.Holding{{Table: "messages", Key: []string{"id"}, Hide: []string{"effect_key", "header_id"}, Erase: leads.Erasure{Set: map[string]string{
		"recipient": "''", "subject": "''", "context": "'{}'", "error": "''",
		"reason": "CASE WHEN state IN ('due', 'sending') THEN 'erased' ELSE reason END",
		"state":  "CASE state WHEN 'due' THEN 'suppressed' WHEN 'sending' THEN 'unsure' ELSE state END",
	}}}}
}

// suppressErased keeps, within tx, the addresses of a person who is being erased from being written
// to, if that is asked for. Who had unsubscribed stays on the list in any case: it holds
// fingerprints and not addresses.
func (s *Service) suppressErased(ctx context.Context, tx db.Tx, p *leads.Person, r leads.EraseRequest) error {
	if !r.Suppress {
		return nil
	}
	_, err := s.Suppress(ctx, tx, ReasonErased, p.Emails()...)
	return err
}
