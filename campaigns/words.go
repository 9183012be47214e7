package campaigns

import (
	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/campaigns/journey"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/offers"
)

// speaker puts journeys into the words of a page.
type speaker struct {
	i18n.Locale
	emails map[string]i18n.Text // names by key
	offers map[string]i18n.Text // titles by key
	fields conditions.Names

	experiments abtest.Names
}

// asks is a condition in words.
func (s speaker) asks(c *conditions.Condition) string { return c.SayWith(s.Locale, s.fields) }

// offer is the title of an offer, else its key: a group has no title.
func (s speaker) offer(key string) string {
	if title := s.offers[key].In(s.Lang); title != "" {
		return title
	}
	return key
}

// email is the name of an e-mail, else its key.
func (s speaker) email(key string) string {
	if name := s.emails[key].In(s.Lang); name != "" {
		return name
	}
	return key
}

// decision is what was decided, and why.
func (s speaker) decision(d *Decision) string {
	switch journey.Kind(d.Kind) {
	case journey.KindSend:
		switch d.Detail.Why {
		case WhyNoOffer:
			return s.T("campaigns.decided.send.no_offer", "email", s.email(d.Detail.Email))
		case WhyNoEmail:
			return s.T("campaigns.decided.send.no_email", "email", s.email(d.Detail.Email))
		}
		return s.T("campaigns.decided.send", "email", s.email(d.Detail.Email))
	case journey.KindWait:
		return s.T("campaigns.decided.wait", "time", s.DateTime(d.Detail.Until))
	case journey.KindAward:
		return s.T("campaigns.decided.award", "n", d.Detail.Points)
	case journey.KindOffer:
		if d.Outcome == OutcomeSkipped {
			return s.refused(d)
		}
		return s.T("campaigns.decided.offer", "offer", s.offer(d.Detail.Granted))
	case journey.KindBranch:
		var what string
		if d.Detail.If != nil {
			what = s.asks(d.Detail.If)
		}
		if d.Detail.Then {
			return s.T("campaigns.decided.yes", "what", what)
		}
		return s.T("campaigns.decided.no", "what", what)
	case journey.KindSplit:
		key := "campaigns.decided.split"
		if !d.Detail.Counted {
			key = "campaigns.decided.split.first"
		}
		return s.T(key, "experiment", s.experiments.Experiment(d.Detail.Experiment), "variant", s.experiments.Variant(d.Detail.Experiment, d.Detail.Variant, s.Lang))
	case journey.KindExit:
		return s.T("campaigns.decided.exit")
	}
	return s.T("campaigns.decided.complete")
}

// refused is why an offer was not granted, as the offers decided it.
func (s speaker) refused(d *Decision) string {
	key := "campaigns.decided.offer." + d.Detail.Why
	switch {
	case d.Detail.Why == offers.OutcomeNotEligible && d.Detail.If != nil:
		return s.T(key, "offer", s.offer(d.Detail.Offer), "what", s.asks(d.Detail.If))
	case d.Detail.Why != offers.OutcomeNotEligible && s.Has(key):
		return s.T(key, "offer", s.offer(d.Detail.Offer))
	}
	return s.T("campaigns.decided.offer.refused", "offer", s.offer(d.Detail.Offer))
}
