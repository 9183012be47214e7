package abtest

import (
	"net/http"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

type planPage struct {
	web.Page
	Tabs   []roomTab
	Pages  []pageChoice
	Fields planFields
	Bad    planErrors
	Source string // how the traffic of the chosen page was counted; "" for own numbers
	Shown  *planView
}

type pageChoice struct {
	Key, Name string
	Chosen    bool
}

// plan shows what an experiment needs and what it can show, before it starts. All of it
// stands in the address, so that it can be sent to others.
func (p pages) plan(w http.ResponseWriter, r *http.Request) error {
	all, err := p.s.traffic(r.Context())
	if err != nil {
		return err
	}
	data := planPage{Page: p.kit.StaffPage(w, r, "experiments.plan.title")}
	data.Tabs = roomTabs(data.Page, "plan")
	in := r.URL.Query()
	data.read(in)
	data.choices(all)
	status := http.StatusOK
	if asked(in) {
		q, bad := data.Fields.question()
		var answer *PlanAnswer
		if len(bad) == 0 {
			answer, err = p.s.Plan(r.Context(), q)
			var invalid bool
			if bad, invalid = errs.AsFields(err); err != nil && !invalid {
				return err
			}
		}
		if len(bad) > 0 {
			data.tell(bad)
			status = http.StatusUnprocessableEntity
		}
		if answer != nil {
			data.Shown = data.view(answer)
		}
	}
	for i := range all {
		if all[i].Key == data.Fields.Page {
			data.Source = data.source(&all[i])
		}
	}
	return p.kit.Render(w, status, "app", "abtest_plan", data)
}

func (d *planPage) choices(all []PageTraffic) {
	for _, t := range all {
		d.Pages = append(d.Pages, pageChoice{t.Key, t.Name, t.Key == d.Fields.Page})
	}
}

// source says what the page brought and how that was counted.
func (d *planPage) source(t *PageTraffic) string {
	switch {
	case t.Visitors == 0:
		return d.T("experiments.plan.source.none")
	case t.Days == 0:
		return d.T("experiments.plan.source.today", "visitors", t.Visitors, "conversions", t.Conversions)
	}
	return d.T("experiments.plan.source", "n", t.Days, "visitors", t.Visitors, "conversions", t.Conversions, "rate", d.Pct(float64(t.Conversions)/float64(t.Visitors), 1))
}
