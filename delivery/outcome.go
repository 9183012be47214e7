package delivery

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Outcome is how far a message has come, and why no further.
type Outcome struct {
	State  State
	Reason string // empty where the state says all
}

// Outcomes returns those of the messages with these effect keys, by key; keys that
// no message has are left out.
func (s *Service) Outcomes(ctx context.Context, effectKeys []string) (map[string]Outcome, error) {
	out := make(map[string]Outcome, len(effectKeys))
	if len(effectKeys) == 0 {
		return out, nil
	}
	var rows []*Message
	if err := s.db.Read().NewSelect().Model(&rows).Column("effect_key", "state", "reason").
		Where("effect_key IN (?)", bun.List(effectKeys)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("messages: outcomes: %w", err)
	}
	for _, m := range rows {
		out[m.EffectKey] = Outcome{m.State, m.Reason}
	}
	return out, nil
}

// Good says whether the message has arrived at the mail server.
func (o Outcome) Good() bool { return o.State == StateSent }

// Held says whether the message did not go out and will not by itself.
func (o Outcome) Held() bool {
	return o.State == StateFailed || o.State == StateSuppressed || o.State == StateUnsure
}

// SayState is the state in words: "held back".
func (o Outcome) SayState(l i18n.Locale) string { return l.T("delivery.state." + string(o.State)) }

// SayReason is the sentence that says why, "" when there is nothing to say.
func (o Outcome) SayReason(l i18n.Locale) string {
	if key := "delivery.reason." + o.Reason; o.Reason != "" && l.Has(key) {
		return l.T(key)
	}
	return o.Reason
}
