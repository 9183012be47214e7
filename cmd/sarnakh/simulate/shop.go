package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// order is what the shop's till tells when somebody shows a code.
type order struct {
	Code    string  `json:"code"`
	OrderID string  `json:"order_id"`
	Value   float64 `json:"value"` // in toman
}

// consider is somebody looking at what their code is good for. Some go shopping with
// it in the next days.
func (s *simulation) consider(p *person, code string) {
	if p.code != "" || p.rng.Float64() > .65 {
		return
	}
	p.code = code
	bags := float64(1 + weighted(p.rng, []float64{5, 3, 1.5, .5}))
	o := order{Code: code, OrderID: fmt.Sprintf("%d-1", 20000+p.number), Value: bags*378_000 + float64(p.rng.IntN(12))*25_000}
	later := s.world.Clock.Now().Add(about(p.rng, 36*time.Hour))
	s.agenda.add(opens(later), p, func(ctx context.Context, p *person) error { return s.redeem(ctx, p, o) })
}

// opens moves a time outside the shop's hours on to the next morning.
func opens(t time.Time) time.Time {
	local := t.In(tehran)
	switch morning := time.Date(local.Year(), local.Month(), local.Day(), 9, 30, 0, 0, tehran); {
	case local.Before(morning):
		return morning.UTC()
	case local.Hour() >= 22:
		return morning.AddDate(0, 0, 1).UTC()
	}
	return t
}

// redeem is the till taking a code in; who comes too late is told so. Now and then
// somebody tries a code once more, with another order and in vain.
func (s *simulation) redeem(ctx context.Context, p *person, o order) error {
	a, err := s.till(ctx, o)
	if err := p.expect(a, err, http.StatusOK, http.StatusCreated, http.StatusGone); err != nil {
		return err
	}
	if a.status == http.StatusGone || p.rng.Float64() >= .12 {
		return nil
	}
	o.OrderID = fmt.Sprintf("%d-2", 20000+p.number)
	again := s.world.Clock.Now().Add(between(p.rng, 2*time.Hour, 50*time.Hour))
	s.agenda.add(opens(again), p, func(ctx context.Context, p *person) error {
		a, err := s.till(ctx, o)
		return p.expect(a, err, http.StatusConflict)
	})
	return nil
}

func (s *simulation) till(ctx context.Context, o order) (*answer, error) {
	raw, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.world.BaseURL+"/api/v1/offers/redeem", bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	return s.keyed(r)
}
