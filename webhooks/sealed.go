package webhooks

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/sarnakh/sarnakh/internal/db"
)

// sealedPrefix tells a secret that is stored sealed from one of the time before.
const sealedPrefix = "sealed:"

// sealing is what the seal of a secret is good for.
const sealing = "webhook secret"

// seal is a signing secret as it is stored: whoever reads the database, or a backup of it,
// cannot sign in our name. Without a signer it is stored as it is.
func (s *Service) seal(secret string) string {
	if secret == "" || s.config.Signer == nil || strings.HasPrefix(secret, sealedPrefix) {
		return secret
	}
	return sealedPrefix + base64.RawStdEncoding.EncodeToString(s.config.Signer.Seal(sealing, "", []byte(secret)))
}

// unseal is the inverse of seal. What cannot be opened, because the installation has
// another secret now, stays as it is, and signs nothing.
func (s *Service) unseal(stored string) string {
	text, sealed := strings.CutPrefix(stored, sealedPrefix)
	if !sealed || s.config.Signer == nil {
		return stored
	}
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return stored
	}
	secret, err := s.config.Signer.Open(sealing, "", raw)
	if err != nil {
		return stored
	}
	return string(secret)
}

// opened says whether a secret that was read can be used, and shown.
func opened(secret string) bool { return !strings.HasPrefix(secret, sealedPrefix) }

// open makes the secrets of endpoints that were read usable.
func (s *Service) open(endpoints ...*Endpoint) {
	for _, e := range endpoints {
		e.Secret, e.OldSecret = s.unseal(e.Secret), s.unseal(e.OldSecret)
	}
}

// sealed is an endpoint as it is stored.
func (s *Service) sealed(e *Endpoint) *Endpoint {
	stored := *e
	stored.Secret, stored.OldSecret = s.seal(e.Secret), s.seal(e.OldSecret)
	return &stored
}

// sealAll seals the secrets that were stored before secrets were sealed. There are at most
// a hundred endpoints.
func (s *Service) sealAll(ctx context.Context) error {
	if s.config.Signer == nil {
		return nil
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var plain []*Endpoint
		q := tx.NewSelect().Model(&plain).Column("id", "secret", "old_secret").
			Where("secret LIKE ? OR old_secret LIKE ?", secretPrefix+"%", secretPrefix+"%")
		if s.db.Dialect() == db.Postgres {
			q = q.For("NO KEY UPDATE")
		}
		if err := q.Scan(ctx); err != nil {
			return fmt.Errorf("webhooks: seal secrets: %w", err)
		}
		for _, e := range plain {
			if _, err := tx.NewUpdate().Model(s.sealed(e)).WherePK().Column("secret", "old_secret").Exec(ctx); err != nil {
				return fmt.Errorf("webhook %d: seal its secret: %w", e.ID, err)
			}
		}
		return nil
	})
}
