package delivery

import (
	"context"

	"github.com/sarnakh/sarnakh/internal/db"
)

// split has the versions chosen of the messages that are about to be tried for the first
// time. A later try shows what the first did, also when that was none of the versions.
func (s *Service) split(ctx context.Context, parcels []*parcel) error {
	if s.splitter == nil {
		return nil
	}
	var messages []*Message
	for _, p := range parcels {
		if p.verdict == "" && p.message.Tries == 0 {
			messages = append(messages, p.message)
		}
	}
	if len(messages) == 0 {
		return nil
	}
	return s.splitter.Split(ctx, messages)
}

// shown counts, in the transaction that claims them, which versions go out. By then
// everything is known that could hold a message back: consent, suppression, a template
// that breaks. What the mail server says comes after it on purpose: that it refuses a
// version is one of the things that the version did. And nobody can open an e-mail before
// the view of it is on the disk.
func (s *Service) shown(ctx context.Context, tx db.Tx, going []*parcel) error {
	var messages []*Message
	for _, p := range going {
		if p.message.Tries == 0 && p.message.Variant != "" {
			messages = append(messages, p.message)
		}
	}
	if len(messages) == 0 {
		return nil
	}
	return s.splitter.Shown(ctx, tx, messages)
}
