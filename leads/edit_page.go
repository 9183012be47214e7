package leads

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

type editPage struct {
	web.Page
	ID     int64 // 0 for one that is yet to be
	Action string
	Back   string
	Groups []inputGroup
	Base   string // what the inputs held when the form was written, to tell who changed what
	Alert  string
	Taken  *takenRow
}

// takenRow is the lead that has what somebody typed already.
type takenRow struct {
	ID    int64
	Name  string
	Merge string // where the two can be made one; empty for a new lead
}

// clash is what two people made of the same fields: it is of kind Conflict.
type clash map[string]string // input to what is there now

func (clash) Error() string { return "somebody else has changed the same fields" }
func (clash) Unwrap() error { return errs.Conflict }

// Names of what travels with the form besides its inputs.
const (
	paramBase = "_base"
	paramLang = "_lang"
)

// form gathers what the form of a lead needs, in the language of a page.
func (p pages) form(ctx context.Context, page web.Page, l *Lead) (*form, error) {
	fields, err := p.s.Fields(ctx)
	if err != nil {
		return nil, err
	}
	owners, err := p.s.desk.owners(ctx)
	if err != nil {
		return nil, err
	}
	return &form{&teller{Page: page, ctx: ctx, desk: p.s.desk, fields: fields}, l, owners}, nil
}

// edit shows a lead's fields to be changed.
func (p pages) edit(w http.ResponseWriter, r *http.Request) error {
	l, done, err := p.lead(w, r)
	if err != nil || done {
		return err
	}
	return p.showEdit(w, r, http.StatusOK, l, nil)
}

// fresh shows the empty form of a new lead.
func (p pages) fresh(w http.ResponseWriter, r *http.Request) error {
	return p.showEdit(w, r, http.StatusOK, &Lead{Attributes: map[string]any{}}, nil)
}

// showEdit shows the form; after a refusal with what was posted and why it was refused.
func (p pages) showEdit(w http.ResponseWriter, r *http.Request, status int, l *Lead, refused error) error {
	title, action, back := "leads.new", "/leads/new", "/leads"
	if l.ID != 0 {
		back = leadPath(l.ID)
		title, action = "leads.edit", back+"/edit"
	}
	page := p.kit.StaffPage(w, r, title)
	f, err := p.form(r.Context(), page, l)
	if err != nil {
		return err
	}
	data := editPage{Page: page, ID: l.ID, Action: action, Back: back, Groups: f.groups()}
	base, err := json.Marshal(f.raws())
	if err != nil {
		return err
	}
	data.Base = string(base)
	if refused != nil {
		if err := p.tell(r, f, &data, refused); err != nil {
			return err
		}
	}
	return p.kit.Render(w, status, "app", "leads_edit", data)
}

// tell fills in what was posted and why it was refused.
func (p pages) tell(r *http.Request, f *form, data *editPage, refused error) error {
	bad, now := map[string]string{}, map[string]string{}
	var taken *TakenError
	var other clash
	if errors.As(refused, &taken) {
		owner, err := p.s.Find(r.Context(), p.s.db.Read(), taken.By)
		if err != nil {
			return err
		}
		bad[taken.Field] = f.T("leads.taken")
		data.Taken = &takenRow{ID: owner.ID, Name: calledOn(f.Page, owner)}
		if data.ID != 0 {
			data.Taken.Merge = mergePath(data.ID, owner.ID)
		}
	} else if errors.As(refused, &other) {
		for name, value := range other {
			now[name] = cmp.Or(value, f.T("leads.clash.none"))
		}
		data.Alert = f.T("leads.clash")
	} else if fields, ok := errs.AsFields(refused); ok {
		bad = f.Say(fields)
		for name, message := range bad { // of attributes without the prefix of their inputs
			bad[attribute+name] = message
		}
		data.Alert = f.T("errors.invalid.text")
	}
	fill(data.Groups, r.PostForm, baseOf(r), bad, now)
	return nil
}

// saveEdit changes a lead as posted. Only inputs that were touched count, so that what
// others changed meanwhile stays; who touched the same is told.
func (p pages) saveEdit(w http.ResponseWriter, r *http.Request) error {
	l, done, err := p.lead(w, r)
	if err != nil || done {
		return err
	}
	if err := web.ParseForm(r); err != nil {
		return err
	}
	base := baseOf(r)
	if base == nil {
		return errs.Fields{paramBase: "errors.form"}
	}
	page := p.kit.Page(r, "leads.edit")
	if lang, ok := i18n.Parse(r.PostForm.Get(paramLang)); ok {
		page = p.kit.In(page, lang)
	}
	f, err := p.form(r.Context(), page, l)
	if err != nil {
		return err
	}
	err = p.s.db.InTx(r.Context(), func(ctx context.Context, tx db.Tx) error {
		_, err := p.s.Change(ctx, tx, l.ID, by(r), func(l *Lead) error {
			f.lead = l
			return f.apply(l, base, r.PostForm)
		})
		return err
	})
	if err != nil {
		return p.refuse(w, r, l, err)
	}
	web.SetFlash(w, "good", page.T("leads.saved"))
	return web.Redirect(w, r, "%s", leadPath(l.ID))
}

// baseOf is what the inputs held when the posted form was written; nil when that is not
// to be read.
func baseOf(r *http.Request) map[string]string {
	var base map[string]string
	if json.Unmarshal([]byte(r.PostForm.Get(paramBase)), &base) != nil {
		return nil
	}
	return base
}

// create makes a lead of what was posted.
func (p pages) create(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	page := p.kit.Page(r, "leads.new")
	empty := &Lead{Attributes: map[string]any{}}
	f, err := p.form(r.Context(), page, empty)
	if err != nil {
		return err
	}
	var l *Lead
	err = p.s.db.InTx(r.Context(), func(ctx context.Context, tx db.Tx) error {
		l, err = p.s.Create(ctx, tx, by(r), func(l *Lead) error {
			f.lead = l
			return f.apply(l, baseOf(r), r.PostForm)
		})
		return err
	})
	if err != nil {
		return p.refuse(w, r, empty, err)
	}
	web.SetFlash(w, "good", page.T("leads.created"))
	return web.Redirect(w, r, "%s", leadPath(l.ID))
}

// refuse shows the form again when there is something to mend.
func (p pages) refuse(w http.ResponseWriter, r *http.Request, l *Lead, err error) error {
	var taken *TakenError
	var other clash
	_, fields := errs.AsFields(err)
	if !fields && !errors.As(err, &taken) && !errors.As(err, &other) {
		return err
	}
	if l.ID != 0 { // as it is now
		now, findErr := p.s.Find(r.Context(), p.s.db.Read(), l.ID)
		if findErr != nil {
			return findErr
		}
		l = now
	}
	return p.showEdit(w, r, web.Status(err), l, err)
}

// apply writes into the lead what was touched since base.
func (f *form) apply(l *Lead, base map[string]string, post url.Values) error {
	now := f.raws()
	names := slices.Collect(maps.Keys(now))
	for name := range base {
		if _, there := now[name]; !there {
			names = append(names, name)
		}
	}
	bad, other := errs.Fields{}, clash{}
	for _, name := range names {
		typed := postedAs(post, name)
		switch was := base[name]; {
		case typed == was || typed == now[name]:
		case now[name] != was:
			other[name] = now[name]
		default:
			if fields, ok := errs.AsFields(f.set(l, name, typed)); ok {
				maps.Copy(bad, fields)
			}
		}
	}
	if len(bad) == 0 && len(other) > 0 {
		return other
	}
	return bad.OrNil()
}
