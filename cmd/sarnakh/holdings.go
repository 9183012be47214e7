package main

import (
	"context"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/secure"
	"github.com/sarnakh/sarnakh/leads"
)

// guardPrivacy gives the lead store the installation's secret, and what of a person lies
// where no feature looks.
func (f *features) guardPrivacy(signer *secure.Signer) {
	f.leads.SetSigner(signer)
	f.leads.AddEraser(func(ctx context.Context, tx db.Tx, p *leads.Person, _ leads.EraseRequest) error {
		return f.mailbox.Erase(ctx, tx, p.Emails())
	})
}
