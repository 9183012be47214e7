package offers

import (
	"context"
	"net/http"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/web"
)

// apiOffer is an offer with what became of its codes.
type apiOffer struct {
	*Offer
	IsActive bool `json:"active"`
	Figures
	Rate float64 `json:"rate"`
}

// apiOfferDetail is an offer with its newest grants and decisions.
type apiOfferDetail struct {
	apiOffer
	Grants    []*Grant    `json:"grants"`
	Decisions []*Decision `json:"decisions"`
}

func describe(c counted) apiOffer {
	return apiOffer{&c.Definition, c.Definition.IsActive(), c.Figures, c.Figures.Rate()}
}

func (s *Service) apiList(w http.ResponseWriter, r *http.Request) error {
	page, err := web.PageRequest(r, 200)
	if err != nil {
		return err
	}
	rows, err := s.counted(r.Context())
	if err != nil {
		return err
	}
	all := make([]apiOffer, len(rows))
	for i, row := range rows {
		all[i] = describe(row)
	}
	list, err := web.PageOf(page, all, func(o apiOffer) string { return o.Key })
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, list)
}

// apiDetail is one offer with its newest 100 grants and decisions.
func (s *Service) apiDetail(w http.ResponseWriter, r *http.Request) error {
	row, err := findOffer(r.Context(), s.db.Read(), r.PathValue("key"))
	if err != nil {
		return err
	}
	figures, err := s.Figures(r.Context())
	if err != nil {
		return err
	}
	grants, err := s.grants(r.Context(), row.ID, 100)
	if err != nil {
		return err
	}
	for _, g := range grants {
		g.State = g.StateAt(s.clock.Now())
	}
	decisions, err := s.decisions(r.Context(), row.ID, 100)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, apiOfferDetail{describe(counted{row, figures[row.Key]}), append([]*Grant{}, grants...), append([]*Decision{}, decisions...)})
}

// redemption is what a till sends. The order's id makes a repeated call harmless.
type redemption struct {
	Code    string  `json:"code" validate:"required,max=100"`
	OrderID string  `json:"order_id" validate:"max=100"`
	Value   float64 `json:"value"`
}

type redeemed struct {
	Offer string `json:"offer"`
	*Grant
}

func (s *Service) apiRedeem(w http.ResponseWriter, r *http.Request) error {
	var in redemption
	if err := web.DecodeJSON(r, &in); err != nil {
		return err
	}
	g, err := s.Redeem(r.Context(), Redemption{Code: in.Code, OrderID: in.OrderID, Value: in.Value, By: web.Who(r).Name})
	if err != nil {
		return err
	}
	offers, err := offersByID(r.Context(), s.db.Read(), []int64{g.OfferID})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, redeemed{offers[g.OfferID].Key, g})
}

// gift is an offer given by hand. The same cause again gives the same code.
type gift struct {
	LeadID int64  `json:"lead_id" validate:"required"`
	Cause  string `json:"cause" validate:"required,max=200"`
}

func (s *Service) apiGrant(w http.ResponseWriter, r *http.Request) error {
	var in gift
	if err := web.DecodeJSON(r, &in); err != nil {
		return err
	}
	var g Granted
	err := s.db.InTx(r.Context(), func(ctx context.Context, tx db.Tx) error {
		var err error
		g, err = s.Grant(ctx, tx, r.PathValue("key"), in.LeadID, "api:"+in.Cause)
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, g)
}
