package scoring

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/period"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/leads"
)

// ruleForm is a rule as a person fills it in.
type ruleForm struct {
	Key, NameEN, NameFA, About string // About is "event" or "condition"
	Event, Property, Value     string
	Condition                  string // YAML
	Points, Cap, Days          string
	Active                     bool
}

type rulePage struct {
	web.Page
	ruleForm
	New    bool
	Errors map[string]string
	Events []string
}

// suggested are the events that a rule is most often about.
var suggested = []string{
	leads.EventFormSubmitted, leads.EventEmailOpened, leads.EventEmailClicked, leads.EventPageViewed, leads.EventOrderCompleted,
	leads.EventOfferRedeemed, leads.EventUnsubscribed, leads.EventSegmentEntered,
}

func (p pages) newRule(w http.ResponseWriter, r *http.Request) error {
	return p.ruleForm(w, r, http.StatusOK, true, ruleForm{About: "event", Points: "5", Active: true}, nil)
}

func (p pages) editRule(w http.ResponseWriter, r *http.Request) error {
	row, err := p.rules().Find(r.Context(), p.db.Read(), r.PathValue("key"))
	if err != nil {
		return err
	}
	f, err := formOf(row)
	if err != nil {
		return err
	}
	return p.ruleForm(w, r, http.StatusOK, false, f, nil)
}

func (p pages) ruleForm(w http.ResponseWriter, r *http.Request, status int, fresh bool, f ruleForm, bad errs.Fields) error {
	title := "scoring.rule.edit"
	if fresh {
		title = "scoring.rule.new"
	}
	page := rulePage{Page: p.kit.StaffPage(w, r, title), ruleForm: f, New: fresh, Events: suggested}
	page.Errors = page.Say(bad)
	if c, err := f.condition(); err == nil {
		if wrong := c.Check(); wrong != nil && bad["condition"] != "" {
			page.Errors["condition"] = conditions.SayError(page.Locale, wrong)
		}
	}
	return p.kit.Render(w, status, "app", "scoring_rule", page)
}

func formOf(row *manifest.Row[Rule]) (ruleForm, error) {
	d := row.Definition
	f := ruleForm{
		Key: row.Key, NameEN: d.Name[i18n.English], NameFA: d.Name[i18n.Persian], About: "event", Event: d.Event,
		Points: strconv.FormatInt(d.Points, 10), Active: d.IsActive(),
	}
	if d.Cap > 0 {
		f.Cap = strconv.FormatInt(d.Cap, 10)
	}
	if d.HalfLife > 0 {
		f.Days = strconv.FormatFloat(d.HalfLife.Duration().Hours()/24, 'f', -1, 64)
	}
	for name, value := range d.Where {
		if f.Property == "" {
			f.Property, f.Value = name, fmt.Sprint(value)
		}
	}
	if d.Condition != nil {
		raw, err := yaml.Marshal(d.Condition)
		if err != nil {
			return f, fmt.Errorf("scoring rule %s: %w", row.Key, err)
		}
		f.About, f.Condition = "condition", strings.TrimSpace(string(raw))
	}
	return f, nil
}

// postRule stores a new rule or a changed one.
func (p pages) postRule(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	key := r.PathValue("key")
	fresh := key == ""
	f := readForm(r)
	if !fresh {
		f.Key = key
	}
	d, bad := f.rule()
	if len(bad) == 0 {
		err := p.saveRule(r.Context(), d, fresh)
		if err == nil {
			web.SetFlash(w, "good", p.kit.Page(r, "").T("scoring.saved"))
			return web.Redirect(w, r, "/scoring")
		}
		var said bool
		if bad, said = errs.AsFields(err); !said {
			if !errors.Is(err, errs.Conflict) {
				return err
			}
			bad = errs.Fields{"key": "scoring.key.taken"}
		}
	}
	return p.ruleForm(w, r, http.StatusUnprocessableEntity, fresh, f, bad)
}

func readForm(r *http.Request) ruleForm {
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	return ruleForm{
		Key: get("key"), NameEN: get("name_en"), NameFA: get("name_fa"), About: get("about"), Event: get("event"),
		Property: get("property"), Value: get("value"), Condition: get("condition"), Points: get("points"), Cap: get("cap"),
		Days: get("days"), Active: get("active") != "",
	}
}

// condition reads what is written as YAML.
func (f ruleForm) condition() (c conditions.Condition, err error) {
	return c, yaml.UnmarshalWithOptions([]byte(f.Condition), &c, yaml.Strict())
}

// rule is what the form says, and what of it cannot be understood.
func (f ruleForm) rule() (*Rule, errs.Fields) {
	bad := errs.Fields{}
	whole := func(field, text string) int64 {
		if text == "" {
			return 0
		}
		n, err := strconv.ParseInt(i18n.ASCIIDigits(text), 10, 64)
		if err != nil {
			bad[field] = "errors.number"
		}
		return n
	}
	d := &Rule{Head: manifest.Head{Kind: ruleKind, Key: f.Key}, Name: i18n.Text{}, Points: whole("points", f.Points), Active: &f.Active}
	for lang, name := range map[i18n.Lang]string{i18n.English: f.NameEN, i18n.Persian: f.NameFA} {
		if name != "" {
			d.Name[lang] = name
		}
	}
	if d.Name.Empty() {
		bad["name"] = "errors.required"
	}
	if d.Points == 0 && bad["points"] == "" {
		bad["points"] = "errors.required"
	}
	if f.About == "condition" {
		c, err := f.condition()
		if err != nil {
			bad["condition"] = strings.SplitN(err.Error(), "\n", 2)[0]
		}
		d.Condition = &c
		return d, bad
	}
	d.Event, d.Cap = f.Event, whole("cap", f.Cap)
	if f.Property != "" {
		d.Where = map[string]any{f.Property: f.Value}
	}
	if f.Days != "" {
		days, err := strconv.ParseFloat(i18n.ASCIIDigits(f.Days), 64)
		if err != nil || days <= 0 || days > 3650 {
			bad["days"] = "errors.number"
		}
		d.HalfLife = period.Period(days * float64(24*60*60*1e9))
	}
	return d, bad
}

// saveRule checks and stores a rule; a new one whose key is taken is a Conflict.
func (s *Service) saveRule(ctx context.Context, d *Rule, fresh bool) error {
	if err := manifest.Check(d); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if fresh {
			if _, err := s.rules().Find(ctx, tx, d.Key); err == nil {
				return fmt.Errorf("scoring rule %s: taken: %w", d.Key, errs.Conflict)
			} else if !errors.Is(err, errs.NotFound) {
				return err
			}
		}
		return s.rules().Apply(ctx, tx, d)
	})
}
