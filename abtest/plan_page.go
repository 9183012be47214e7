package abtest

import (
	"net/http"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

type planPage struct {
	web.Page
	Tabs    []roomTab
	Pages   []placeChoice
	Forms   []placeChoice
	Fields  planFields
	Bad     planErrors
	Source  string // how the traffic of the chosen page or form was counted; "" for own numbers
	Counted string // what is counted there
	Shown   *planView
}

type placeChoice struct {
	Value, Name string
	Chosen      bool
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
	data.Counted = data.T("experiments.plan.counted.text")
	if t := all.at(data.Fields.Page, data.Fields.Form); t != nil {
		data.Source = data.source(t)
	}
	if data.Fields.Form != "" {
		data.Counted = data.T("experiments.plan.counted.form")
	}
	return p.kit.Render(w, status, "app", "abtest_plan", data)
}

func (d *planPage) choices(all traffic) {
	for _, t := range all.pages {
		d.Pages = append(d.Pages, placeChoice{"page:" + t.Key, t.Name, t.Key == d.Fields.Page})
	}
	for _, t := range all.forms {
		d.Forms = append(d.Forms, placeChoice{"form:" + t.Key, t.Name, t.Key == d.Fields.Form})
	}
}

// source says what the page or form brought in which days.
func (d *planPage) source(t *Traffic) string {
	switch {
	case t.Visitors == 0 && d.Fields.Form != "":
		return d.T("experiments.plan.source.none.form")
	case t.Visitors == 0:
		return d.T("experiments.plan.source.none")
	case t.Days == 0:
		return d.T("experiments.plan.source.today", "visitors", t.Visitors, "conversions", t.Conversions)
	}
	return d.T("experiments.plan.source", "n", t.Days, "visitors", t.Visitors, "conversions", t.Conversions, "rate", d.Pct(float64(t.Conversions)/float64(t.Visitors), 1))
}
