package abtest

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

type rolloutPage struct {
	web.Page
	Key, Name string
	Sentence  string // the verdict
	Counted   string // what the figures are, where they are no rates
	Undecided bool   // still counted: a roll-out ends it without one
	Versions  []versionChoice
	Backs     []backChoice
	Problems  []string // why it was not done
	Audience  bool     // it is for some only
}

// versionChoice is one variant that can be rolled out.
type versionChoice struct {
	Key, Name             string
	Control, Wins, Chosen bool
	Figure                string // the rate, or what is brought
	Visitors, Conversions int64
	Harms                 []string // guardrails that it breaks
}

// backChoice is a share of the visitors that can be held back.
type backChoice struct {
	Value, Label string
	Chosen       bool
}

// heldBack are the shares that the page offers, in per cent.
var heldBack = []int{0, 1, 5, 10, 20}

// showRollOut asks which version everybody should see.
func (p pages) showRollOut(w http.ResponseWriter, r *http.Request) error {
	return p.askRollOut(w, r, http.StatusOK, "", "0", nil)
}

func (p pages) askRollOut(w http.ResponseWriter, r *http.Request, status int, variant, back string, bad errs.Fields) error {
	found, err := p.s.Report(r.Context(), r.PathValue("key"))
	if err != nil {
		return err
	}
	if found.Rollout != nil || found.StartedAt == nil || found.HoldoutOf != "" {
		return web.Redirect(w, r, "/experiments/%s", found.Key)
	}
	if variant == "" {
		variant = found.Verdict.Winner
	}
	d := rolloutPage{
		Page: p.kit.StaffPage(w, r, "rollout.title"), Key: found.Key, Name: found.Name, Undecided: found.DecidedAt == nil && found.StoppedAt == nil,
		Audience: !found.Audience.everybody(),
	}
	d.Sentence = found.Sentence(d.Locale)
	if found.Goal.byMean() {
		d.Counted = found.Goal.figure(d.Locale)
	}
	said := d.Say(bad)
	for _, field := range slices.Sorted(maps.Keys(said)) {
		d.Problems = append(d.Problems, said[field])
	}
	for i, a := range found.Latest {
		choice := versionChoice{
			Key: a.Key, Name: a.title(d.Lang), Control: i == 0, Wins: a.Key == found.Verdict.Winner, Chosen: a.Key == variant,
			Figure: found.Goal.write(d.Locale, a.rate()), Visitors: a.Visitors, Conversions: a.Conversions,
		}
		if found.Goal.byMean() {
			choice.Figure = found.Goal.write(d.Locale, orNaN(found.Goals[0].Arms[i].Mean))
		}
		for _, g := range found.harms(a.Key) {
			choice.Harms = append(choice.Harms, d.T("rollout.harms", "goal", title(g.Key, g.Name, d.Lang)))
		}
		d.Versions = append(d.Versions, choice)
	}
	for _, n := range heldBack {
		label := d.T("rollout.back.some", "share", d.Pct(float64(n)/100, 0))
		if n == 0 {
			label = d.T("rollout.back.none")
		}
		value := strconv.Itoa(n)
		d.Backs = append(d.Backs, backChoice{value, label, value == back})
	}
	return p.kit.Render(w, status, "app", "abtest_rollout", d)
}

// rollOut shows a version to everybody.
func (p pages) rollOut(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	key, variant, back := r.PathValue("key"), r.PostForm.Get("variant"), r.PostForm.Get("hold_back")
	percent, err := strconv.ParseFloat(back, 64)
	if err != nil {
		percent = -1
	}
	said := p.kit.Page(r, "")
	err = p.s.RollOut(r.Context(), key, variant, percent/100, web.Who(r).Name)
	if bad, ok := errs.AsFields(err); ok && !errors.Is(err, errs.Conflict) {
		return p.askRollOut(w, r, http.StatusUnprocessableEntity, variant, back, bad)
	}
	switch {
	case errors.Is(err, errs.Conflict):
		web.SetFlash(w, "bad", said.T("rollout.refused"))
	case err != nil:
		return err
	default:
		web.SetFlash(w, "good", said.T("rollout.done"))
	}
	return web.Redirect(w, r, "/experiments/%s", key)
}

// takeBack undoes a roll-out.
func (p pages) takeBack(w http.ResponseWriter, r *http.Request) error {
	key := r.PathValue("key")
	if err := p.s.TakeBack(r.Context(), key, web.Who(r).Name); err != nil {
		return err
	}
	web.SetFlash(w, "good", p.kit.Page(r, "").T("rollout.taken_back"))
	return web.Redirect(w, r, "/experiments/%s", key)
}

// rolloutView is what the report says of a roll-out, or offers.
type rolloutView struct {
	Offer   string // the words of the button; "" when nothing can be rolled out
	Strong  bool   // there is a winner that no guardrail speaks against
	Stands  string // that a version is shown to everybody
	Holdout string // the key of the hold-out
	Before  string // of a hold-out: the key of the experiment before it
}

// Rollout is what the report says of a roll-out, or offers.
func (d reportPage) Rollout() rolloutView {
	r := d.Report
	v := rolloutView{Before: r.HoldoutOf}
	name := func(key string) string {
		a, _ := r.Arm(key)
		return a.title(d.Lang)
	}
	switch out := r.Rollout; {
	case out != nil:
		v.Stands, v.Holdout = d.T("rollout.stands", "variant", name(out.Variant), "date", d.Date(out.At)), out.Holdout
		if out.By != "" {
			v.Stands += " " + d.T("rollout.stands.by", "who", out.By)
		}
	case r.StartedAt == nil || r.HoldoutOf != "" || r.State == Archived:
	case r.Verdict.Winner != "":
		v.Offer, v.Strong = d.T("rollout.button", "variant", name(r.Verdict.Winner)), len(r.harms(r.Verdict.Winner)) == 0
	case r.DecidedAt != nil || r.StoppedAt != nil:
		v.Offer = d.T("rollout.button.any")
	}
	return v
}

// rolloutBody is a wish to roll out, by API.
type rolloutBody struct {
	Variant  string  `json:"variant" validate:"required,max=64"`
	HoldBack float64 `json:"hold_back,omitempty"`
}

// apiRollOut rolls a variant out for a script.
func (s *Service) apiRollOut(w http.ResponseWriter, r *http.Request) error {
	var in rolloutBody
	if err := web.ReadJSON(r, &in); err != nil {
		return err
	}
	key := r.PathValue("key")
	if err := s.RollOut(r.Context(), key, in.Variant, in.HoldBack, web.Who(r).Name); err != nil {
		return err
	}
	return s.answer(w, r, http.StatusOK, key)
}

// apiTakeBack undoes a roll-out for a script.
func (s *Service) apiTakeBack(w http.ResponseWriter, r *http.Request) error {
	key := r.PathValue("key")
	if err := s.TakeBack(r.Context(), key, web.Who(r).Name); err != nil {
		return err
	}
	return s.answer(w, r, http.StatusOK, key)
}
