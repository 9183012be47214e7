package offers

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

type listPage struct {
	web.Page
	Offers []offerCard
	Form   redeemForm
}

// offerCard is an offer in words and figures.
type offerCard struct {
	Key, Title, Text string
	Active           bool
	Who              string // the condition in words
	Group            string
	Priority         int
	ValidFor         time.Duration
	Stock            int
	Figures
	Rate float64
}

// redeemForm is the till on the page: what was typed and what is wrong with it.
type redeemForm struct {
	Code, OrderID, Value                string
	CodeError, OrderIDError, ValueError string
}

func (p pages) list(w http.ResponseWriter, r *http.Request) error {
	return p.showList(w, r, http.StatusOK, redeemForm{})
}

func (p pages) showList(w http.ResponseWriter, r *http.Request, status int, form redeemForm) error {
	page := listPage{Page: p.kit.StaffPage(w, r, "offers.title"), Form: form}
	counted, err := p.counted(r.Context())
	if err != nil {
		return err
	}
	names, err := p.leads.ConditionNames(r.Context(), page.Lang)
	if err != nil {
		return err
	}
	for _, c := range counted {
		page.Offers = append(page.Offers, card(page.Locale, names, c))
	}
	return p.kit.Render(w, status, "app", "offers_list", page)
}

// counted is an offer with what became of its codes.
type counted struct {
	*offerRow
	Figures
}

func (s *Service) counted(ctx context.Context) ([]counted, error) {
	rows, err := listOffers(ctx, s.db.Read())
	if err != nil {
		return nil, err
	}
	figures, err := s.Figures(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]counted, len(rows))
	for i, row := range rows {
		out[i] = counted{row, figures[row.Key]}
	}
	return out, nil
}

func card(l i18n.Locale, names conditions.Names, c counted) offerCard {
	o := &c.Definition
	return offerCard{
		Key: o.Key, Title: o.Title.In(l.Lang), Text: o.Text.In(l.Lang), Active: o.IsActive(), Who: who(l, names, o.Condition),
		Group: o.Group, Priority: o.Priority, ValidFor: o.ValidFor.Duration(), Stock: o.Stock,
		Figures: c.Figures, Rate: c.Figures.Rate(),
	}
}

// redeem is the till on the page of offers.
func (p pages) redeem(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	form := redeemForm{Code: r.PostForm.Get("code"), OrderID: r.PostForm.Get("order_id"), Value: r.PostForm.Get("value")}
	page := p.kit.Page(r, "offers.title")
	g, err := p.Redeem(r.Context(), Redemption{
		Code: form.Code, OrderID: strings.TrimSpace(form.OrderID), Value: amount(form.Value), By: web.Who(r).Name,
	})
	if fields, ok := errs.AsFields(err); ok {
		said := page.Say(fields)
		form.OrderIDError, form.ValueError = said["order_id"], said["value"]
		return p.showList(w, r, http.StatusUnprocessableEntity, form)
	}
	switch {
	case strings.TrimSpace(form.Code) == "":
		form.CodeError = page.T("errors.required")
		return p.showList(w, r, http.StatusUnprocessableEntity, form)
	case errors.Is(err, errs.NotFound):
		form.CodeError = page.T("offers.redeem.unknown")
	case errors.Is(err, errs.Gone):
		form.CodeError = page.T("offers.redeem.expired")
	case errors.Is(err, errs.Conflict):
		form.CodeError = page.T("offers.redeem.used")
	case err != nil:
		return err
	}
	if err != nil {
		return p.showList(w, r, web.Status(err), form)
	}
	offers, err := offersByID(r.Context(), p.db.Read(), []int64{g.OfferID})
	if err != nil {
		return err
	}
	lead, err := p.leads.Find(r.Context(), p.db.Read(), g.LeadID)
	if err != nil {
		return err
	}
	web.SetFlash(w, "good", page.T("offers.redeem.done",
		"code", g.Code, "offer", offers[g.OfferID].Definition.Variant(g.Variant).Title.In(page.Lang), "who", lead.Name()))
	return web.Redirect(w, r, "/offers")
}

var separators = strings.NewReplacer(",", "", "٬", "", "٫", ".", " ", "", "\u00a0", "")

// amount reads a sum of money as a person types it, in Persian or Latin digits, with
// or without separators. Nothing is 0; what is no number is not a number.
func amount(text string) float64 {
	text = separators.Replace(i18n.ASCIIDigits(strings.TrimSpace(text)))
	if text == "" {
		return 0
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return n
}
