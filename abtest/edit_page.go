package abtest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// editPage is an experiment while it is written. Every button sends all of it, so that
// nothing depends on a script.
type editPage struct {
	web.Page
	Key          string // "" for a new one
	Action, Back string
	Base         string // what was stored when the form was written
	Opened       string // what the form held then
	Alert        string
	Differs      []divergence
	Held         string // why most of it cannot change any more
	About        []box
	Variants     []editRow
	WeightsError string
	Regime       string // what other weights do while it runs
	Goals        []editRow
	GoalsError   string
	Plan         []box
	Who          []box
	Verdict      []box
	MoreVerdict  bool // something there is not as usual
	RowsV, RowsG int
	CanAdd       bool
	Planner      string // where the figures come from
}

// editRow is one variant or goal.
type editRow struct {
	Number int
	Title  string
	Boxes  []box
	More   []box  // what most leave as it is
	Open   bool   // something of that is not as usual
	Remove string // the button's value; "" where it cannot be taken away
}

func (p pages) showNew(w http.ResponseWriter, r *http.Request) error {
	f, err := p.fresh(r)
	if err != nil {
		return err
	}
	return p.form(w, r, http.StatusOK, nil, f, nil)
}

// fresh is the form of a new experiment, with the figures of a plan where its address has
// them; of a page it counts the form, and a form is what has the versions.
func (p pages) fresh(r *http.Request) (typedForm, error) {
	in := r.URL.Query()
	f := typedForm{Values: url.Values{}, Variants: 2, Goals: 1}
	if n, err := strconv.Atoi(in.Get("variants")); err == nil && n >= 2 && n <= 10 {
		f.Variants = n
	}
	for i := range f.Variants {
		f.Set(fmt.Sprintf("variants[%d].key", i), string(rune('a'+i)))
		if i < len(in["weight"]) {
			f.Set(fmt.Sprintf("variants[%d].weight", i), in["weight"][i])
		}
	}
	f.Set("surface", "page")
	f.Set("goals[0].key", shortKey)
	f.Set("goals[0].role", string(Primary))
	for field, from := range map[string]string{
		"planned_visitors_per_arm": "visitors", "planned_conversion_rate": "rate", "minimum_effect": "effect", "planned_weeks": "weeks", "coverage": "coverage",
	} {
		if in.Get(from) != "" {
			f.Set(field, in.Get(from))
		}
	}
	page, form := in.Get("page"), in.Get("form")
	if page == "" && form == "" {
		return f, nil
	}
	if page == "" {
		f.Set("surface", "form")
	}
	all, err := p.s.traffic(r.Context())
	if t := all.at(page, form); t != nil {
		if f.Set("name", t.Name); t.Form != "" {
			f.Set("goals[0].where", "form: "+t.Form)
		}
	}
	return f, err
}

func (p pages) showEdit(w http.ResponseWriter, r *http.Request) error {
	e, err := find(r.Context(), p.s.db.Read(), r.PathValue("key"))
	if err != nil {
		return err
	}
	return p.form(w, r, http.StatusOK, e, formOf(&e.Definition), nil)
}

// postNew and postEdit take the whole form, do what the pressed button says, and show it
// again until it can be saved.
func (p pages) postNew(w http.ResponseWriter, r *http.Request) error { return p.post(w, r, nil) }

func (p pages) postEdit(w http.ResponseWriter, r *http.Request) error {
	e, err := find(r.Context(), p.s.db.Read(), r.PathValue("key"))
	if err != nil {
		return err
	}
	return p.post(w, r, e)
}

func (p pages) post(w http.ResponseWriter, r *http.Request, e *Experiment) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	f := typedForm{Values: r.PostForm, Variants: rows(r, paramVariants, 2, 10), Goals: rows(r, paramGoals, 1, mostGoals)}
	if button := f.Get(paramDo); button != "save" {
		f.press(button)
		return p.form(w, r, http.StatusOK, e, f, nil)
	}
	key, err := p.save(r, e, f)
	if err == nil {
		web.SetFlash(w, "good", p.kit.Page(r, "").T("experiments.saved"))
		return web.Redirect(w, r, "/experiments/%s", key)
	}
	_, invalid := errs.AsFields(err)
	if !invalid && !errors.Is(err, errs.Conflict) {
		return err
	}
	if e != nil { // as it is now
		if e, err2 := find(r.Context(), p.s.db.Read(), e.Key); err2 == nil {
			return p.form(w, r, web.Status(err), e, f, err)
		}
	}
	return p.form(w, r, web.Status(err), e, f, err)
}

// rows is how many rows of a list the form has.
func rows(r *http.Request, name string, least, most int) int {
	n, err := strconv.Atoi(r.PostForm.Get(name))
	if err != nil {
		n = least
	}
	return min(max(n, least), most)
}

// form shows what was filled in, with what is wrong beside each field.
func (p pages) form(w http.ResponseWriter, r *http.Request, status int, e *Experiment, f typedForm, refused error) error {
	data := editPage{Page: p.kit.StaffPage(w, r, "experiments.new"), Action: "/experiments/new", Back: "/experiments", RowsV: f.Variants, RowsG: f.Goals}
	fill := filler{page: data.Page, form: f, e: e}
	if e != nil {
		data.Title = data.T("experiments.edit", "name", e.Definition.Name)
		data.Key, data.Back = e.Key, "/experiments/"+e.Key
		data.Action = data.Back + "/edit"
		if !e.StartedAt.IsZero() {
			data.Held = data.T("experiments.held")
			fill.why = data.T("experiments.held.started")
		}
		if e.State() == Archived {
			data.Held = data.T("experiments.held.archived")
		}
	}
	if fields, ok := errs.AsFields(refused); ok {
		fill.said = say(data.Page, fields)
		data.Alert = data.T("errors.invalid.text")
	}
	switch {
	case errors.Is(refused, errTaken):
		fill.said = map[string]string{"key": data.T("experiments.bad.taken")}
		data.Alert = data.T("errors.invalid.text")
	case errors.Is(refused, errMeanwhile):
		data.Alert = data.T("experiments.bad.meanwhile")
	}
	if e != nil && !e.StartedAt.IsZero() && e.counts() && e.weightsHeld() == "" {
		data.Regime = data.T("experiments.regime")
	}
	fill.page = data.Page
	if e != nil {
		stored := formOf(&e.Definition)
		data.Base, data.Opened = fingerprint(&e.Definition), stored.Encode()
		switch {
		case errors.Is(refused, errMeanwhile):
			data.Differs = fill.meet(stored)
			f = fill.form
			data.RowsV, data.RowsG = f.Variants, f.Goals
		case f.Has(paramBase): // until it is saved, what others do meanwhile is still to be told
			data.Base, data.Opened = f.Get(paramBase), f.Get(paramOpened)
			if !e.StartedAt.IsZero() {
				f.fill(stored)
			}
		}
	}
	data.About, data.Plan, data.Who, data.Verdict = fill.about(), fill.plan(), fill.who(), fill.verdict()
	data.CanAdd = e == nil || e.StartedAt.IsZero()
	for i := range f.Variants {
		data.Variants = append(data.Variants, fill.variant(i, data.CanAdd && f.Variants > 2))
	}
	for i := range f.Goals {
		data.Goals = append(data.Goals, fill.goal(i, data.CanAdd && f.Goals > 1))
	}
	data.WeightsError, data.GoalsError = fill.said["variants"], fill.said["goals"]
	data.Alert = strings.TrimSpace(data.Alert + " " + fill.rest())
	for _, b := range data.Verdict {
		data.MoreVerdict = data.MoreVerdict || b.Error != "" || b.Value != "" && b.Value != "yes"
	}
	data.Planner = "/experiments/plan"
	return p.kit.Render(w, status, "app", "abtest_edit", data)
}
