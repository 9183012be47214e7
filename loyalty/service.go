package loyalty

import (
	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/leads"
)

// Service keeps the rules, the ledger and the balances.
type Service struct {
	db    *db.DB
	clock clock.Clock
	leads *leads.Service
}

var _ leads.Subscriber = (*Service)(nil)

// New returns the loyalty programme over d. Have it subscribe to the leads'
// events: l.Subscribe(s).
func New(d *db.DB, c clock.Clock, l *leads.Service) *Service {
	l.AddNumber(conditions.NumberPoints, "loyalty_balances", "points")
	s := &Service{db: d, clock: c, leads: l}
	l.AddHolding(s.holdings()...)
	return s
}
