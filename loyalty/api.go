package loyalty

import (
	"context"
	"net/http"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

type programme struct {
	Figures
	Rules []countedRule `json:"rules"`
}

type countedRule struct {
	*EarningRule
	IsActive bool  `json:"active"`
	Times    int   `json:"times"`
	Given    int64 `json:"points_given"`
}

// apiProgramme is the figures and the rules with what each has given.
func (s *Service) apiProgramme(w http.ResponseWriter, r *http.Request) error {
	figures, err := s.Figures(r.Context())
	if err != nil {
		return err
	}
	rules, err := s.countedRules(r.Context())
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, programme{figures, rules})
}

func (s *Service) countedRules(ctx context.Context) ([]countedRule, error) {
	rules, err := s.Rules(ctx)
	if err != nil {
		return nil, err
	}
	given, err := s.ruleFigures(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]countedRule, len(rules))
	for i, r := range rules {
		out[i] = countedRule{r, r.IsActive(), given[r.Key].Times, given[r.Key].Points}
	}
	return out, nil
}

type account struct {
	LeadID  int64    `json:"lead_id"`
	Balance int64    `json:"balance"`
	Entries []*Entry `json:"entries"` // the newest 100
}

// apiPoints is a lead's balance and newest entries.
func (s *Service) apiPoints(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	return s.answerAccount(w, r, id)
}

func (s *Service) answerAccount(w http.ResponseWriter, r *http.Request, id int64) error {
	if _, err := s.leads.Find(r.Context(), s.db.Read(), id); err != nil {
		return err
	}
	have, err := s.Balances(r.Context(), s.db.Read(), []int64{id})
	if err != nil {
		return err
	}
	entries, err := s.Entries(r.Context(), id, 100)
	if err != nil {
		return err
	}
	if entries == nil {
		entries = []*Entry{}
	}
	return web.JSON(w, http.StatusOK, account{id, have[id], entries})
}

// booking is what a shop says when points are given, spent or put right. Key makes
// a repeated call harmless: the number of the order, say.
type booking struct {
	Kind   string `json:"kind" validate:"required,oneof=award redeem adjust"`
	Points int64  `json:"points" validate:"required,min=-10000000,max=10000000"`
	Reason string `json:"reason" validate:"max=200"`
	Key    string `json:"key" validate:"required,max=200"`
}

// apiBook books points by hand and answers with the account as it then is.
func (s *Service) apiBook(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	var in booking
	if err := web.DecodeJSON(r, &in); err != nil {
		return err
	}
	a := Award{LeadID: id, Points: in.Points, EffectKey: "api:" + in.Kind + ":" + in.Key}
	if in.Reason != "" {
		a.Reason = i18n.Plain(in.Reason)
	}
	book := map[string]func(context.Context, db.Tx, Award) error{
		KindAward: s.Award, KindRedeem: s.Redeem, KindAdjust: s.Adjust,
	}[in.Kind]
	err = s.db.InTx(r.Context(), func(ctx context.Context, tx db.Tx) error {
		if _, err := s.leads.Find(ctx, tx, id); err != nil {
			return err
		}
		return book(ctx, tx, a)
	})
	if err != nil {
		return err
	}
	return s.answerAccount(w, r, id)
}
