package offers

import (
	"net/http"
	"time"

	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
)

const (
	shownGrants    = 25
	shownDecisions = 50
)

type detailPage struct {
	web.Page
	Offer     offerCard
	Versions  *versions // nil where the offer has none
	Grants    []grantRow
	Decisions []decisionRow
}

type grantRow struct {
	LeadID               int64
	Name, Code, State    string
	GrantedAt, ExpiresAt time.Time
	RedeemedAt           time.Time
	Value                float64
}

type decisionRow struct {
	LeadID    int64
	Name, Why string
	Granted   bool
	Cause     string
	At        time.Time
}

// detail shows who got one offer, who did not, and why.
func (p pages) detail(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	row, err := findOffer(ctx, p.db.Read(), r.PathValue("key"))
	if err != nil {
		return err
	}
	figures, err := p.Figures(ctx)
	if err != nil {
		return err
	}
	grants, err := p.grants(ctx, row.ID, shownGrants)
	if err != nil {
		return err
	}
	decisions, err := p.decisions(ctx, row.ID, shownDecisions)
	if err != nil {
		return err
	}
	var ids []int64
	for _, g := range grants {
		ids = append(ids, g.LeadID)
	}
	for _, d := range decisions {
		ids = append(ids, d.LeadID)
	}
	people, err := p.leads.FindMany(ctx, p.db.Read(), ids)
	if err != nil {
		return err
	}
	page := detailPage{Page: p.kit.StaffPage(w, r, row.Key)}
	names, err := p.leads.ConditionNames(ctx, page.Lang)
	if err != nil {
		return err
	}
	page.Offer = card(page.Locale, names, counted{row, figures[row.Key]})
	page.Title = page.Offer.Title
	if page.Versions, err = p.versions(ctx, row, page.Page); err != nil {
		return err
	}
	for _, g := range grants {
		page.Grants = append(page.Grants, grantRow{
			g.LeadID, name(people[g.LeadID]), g.Code, g.StateAt(p.clock.Now()),
			g.GrantedAt, g.ExpiresAt, g.RedeemedAt, g.Value,
		})
	}
	for _, d := range decisions {
		page.Decisions = append(page.Decisions, decisionRow{
			d.LeadID, name(people[d.LeadID]), why(page.Locale, names, d), d.Outcome == OutcomeGranted, d.Cause, d.At,
		})
	}
	return p.kit.Render(w, http.StatusOK, "app", "offers_detail", page)
}

func name(l *leads.Lead) string {
	if l == nil {
		return ""
	}
	return l.Name()
}
