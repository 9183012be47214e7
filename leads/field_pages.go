package leads

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

type fieldsPage struct {
	web.Page
	Groups     []fieldGroup
	Archived   []fieldLine
	Undeclared []string // attributes that leads have and nobody has declared
}

type fieldGroup struct {
	Title  string
	Fields []fieldLine
}

// fieldLine is a field of the catalogue in a list.
type fieldLine struct{ Key, Label, Type, Description, Options string }

// listFields shows the catalogue.
func (p pages) listFields(w http.ResponseWriter, r *http.Request) error {
	c, err := p.s.Fields(r.Context())
	if err != nil {
		return err
	}
	data := fieldsPage{Page: p.kit.StaffPage(w, r, "leads.fields")}
	for _, f := range c.All() {
		line := fieldLine{f.Key, f.Label.In(data.Lang), data.T("leads.field.type." + f.Type), f.Description.In(data.Lang), data.optionsOf(f)}
		if f.Archived {
			data.Archived = append(data.Archived, line)
			continue
		}
		title := cmp.Or(f.Group.In(data.Lang), data.T("leads.group.more"))
		if n := len(data.Groups); n == 0 || data.Groups[n-1].Title != title {
			data.Groups = append(data.Groups, fieldGroup{Title: title})
		}
		g := &data.Groups[len(data.Groups)-1]
		g.Fields = append(g.Fields, line)
	}
	if data.Undeclared, err = p.s.undeclaredNames(r.Context(), c); err != nil {
		return err
	}
	return p.kit.Render(w, http.StatusOK, "app", "leads_fields", data)
}

func (d fieldsPage) optionsOf(f *Field) string {
	var labels []string
	for _, o := range f.Options {
		labels = append(labels, o.Label.In(d.Lang))
	}
	return clip(strings.Join(labels, d.T("leads.comma")), 120)
}

type fieldPage struct {
	web.Page
	New         bool
	Key         string
	Label       map[string]string
	Description map[string]string
	Group       map[string]string
	Types       []option
	Options     string // one a line: value, Persian, English, between bars
	MaxLength   string
	Min, Max    string
	Order       string
	Archived    bool
	Errors      map[string]string
	Misfits     string // how many leads have what would not fit
	Action      string
}

// newField shows the form of a new field, for an attribute that leads have when ?key=
// names one: then its type is guessed from what they have.
func (p pages) newField(w http.ResponseWriter, r *http.Request) error {
	f := &Field{Kind: "field", Key: r.URL.Query().Get("key"), Type: FieldText, Label: i18n.Text{}}
	if FieldName.MatchString(f.Key) {
		for _, l := range i18n.Langs {
			f.Label[l] = p.s.desk.title(r.Context(), "field", f.Key, l)
		}
		if err := p.s.guess(r.Context(), f); err != nil {
			return err
		}
	}
	return p.showField(w, r, http.StatusOK, f, true, nil)
}

// editField shows the form of a field.
func (p pages) editField(w http.ResponseWriter, r *http.Request) error {
	row, err := p.s.fields().Find(r.Context(), p.s.db.Read(), r.PathValue("key"))
	if err != nil {
		return err
	}
	return p.showField(w, r, http.StatusOK, &row.Definition, false, nil)
}

// showField shows a field's form. post, when given, is what was refused and why.
func (p pages) showField(w http.ResponseWriter, r *http.Request, status int, f *Field, isNew bool, refused error) error {
	title, action := "leads.field.new", "/fields/new-field"
	if !isNew {
		title, action = f.Label.In(p.kit.Lang(r)), "/fields/"+f.Key
	}
	data := fieldPage{Page: p.kit.StaffPage(w, r, title), New: isNew, Key: f.Key, Action: action, Archived: f.Archived}
	data.Label, data.Description, data.Group = byLang(f.Label), byLang(f.Description), byLang(f.Group)
	data.Types = words(data.Page, "leads.field.type.", FieldTypes, f.Type)
	var lines []string
	for _, o := range f.Options {
		lines = append(lines, strings.Join([]string{o.Value, o.Label[i18n.Persian], o.Label[i18n.English]}, " | "))
	}
	data.Options = strings.Join(lines, "\n")
	if f.MaxLength > 0 {
		data.MaxLength = data.Digits(strconv.Itoa(f.MaxLength))
	}
	if f.Order != 0 {
		data.Order = data.Digits(strconv.Itoa(f.Order))
	}
	data.Min, data.Max = data.bound(f.Min), data.bound(f.Max)
	var wrong *misfitError
	if errors.As(refused, &wrong) {
		data.Misfits = data.T("leads.field.misfits", "n", wrong.Leads, "examples", strings.Join(wrong.Examples, data.T("leads.comma")))
	} else if fields, ok := errs.AsFields(refused); ok {
		data.Errors = data.Say(fields)
		if r.PostForm != nil { // what could not be read at all stays as it was typed
			data.Options, data.MaxLength, data.Order = r.PostForm.Get("options"), r.PostForm.Get("max_length"), r.PostForm.Get("order")
			data.Min, data.Max = r.PostForm.Get("min"), r.PostForm.Get("max")
		}
	}
	return p.kit.Render(w, status, "app", "leads_field", data)
}

func (d fieldPage) bound(n *float64) string {
	if n == nil {
		return ""
	}
	return d.Digits(strconv.FormatFloat(*n, 'f', -1, 64))
}

// byLang is a text by the names of its languages, as templates look things up.
func byLang(t i18n.Text) map[string]string {
	out := map[string]string{}
	for _, l := range i18n.Langs {
		out[string(l)] = t[l]
	}
	return out
}

// saveField stores a field as posted. When leads have values that would not fit that is
// said first, and done only when it is asked for again.
func (p pages) saveField(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	key, isNew := r.PathValue("key"), r.PathValue("key") == ""
	if isNew {
		key = strings.TrimSpace(r.PostForm.Get("key"))
	} else if _, err := p.s.fields().Find(r.Context(), p.s.db.Read(), key); err != nil {
		return err
	}
	f, err := readField(key, r)
	if err == nil {
		err = p.s.db.InTx(r.Context(), func(ctx context.Context, tx db.Tx) error {
			if _, err := p.s.fields().Find(ctx, tx, key); err == nil && isNew {
				return errs.Fields{"key": "errors.field.taken"}
			}
			return p.s.declare(ctx, tx, f, r.PostForm.Get("anyway") != "")
		})
	}
	var wrong *misfitError
	if _, bad := errs.AsFields(err); bad || errors.As(err, &wrong) {
		return p.showField(w, r, web.Status(err), f, isNew, err)
	}
	if err != nil {
		return err
	}
	web.SetFlash(w, "good", p.kit.Page(r, "leads.fields").T("leads.field.saved"))
	return web.Redirect(w, r, "/fields")
}

// archiveField takes a field out of use, or back into it.
func (p pages) archiveField(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	if err := p.s.db.InTx(r.Context(), func(ctx context.Context, tx db.Tx) error {
		row, err := p.s.fields().Find(ctx, tx, r.PathValue("key"))
		if err != nil {
			return err
		}
		f := row.Definition
		f.Archived = r.PostForm.Get("do") != "restore"
		return p.s.fields().Apply(ctx, tx, &f)
	}); err != nil {
		return err
	}
	return web.Redirect(w, r, "/fields")
}

// readField reads a field from its form. The messages of what is wrong are keys of the
// catalogue.
func readField(key string, r *http.Request) (*Field, error) {
	post, bad := r.PostForm, errs.Fields{}
	text := func(name string) i18n.Text {
		t := i18n.Text{}
		for _, l := range i18n.Langs {
			if s := visible(post.Get(name + "_" + string(l))); s != "" {
				t[l] = s
			}
		}
		if len(t) == 0 {
			return nil
		}
		return t
	}
	number := func(name string) *float64 {
		value, message := (&Field{Type: FieldNumber}).parse(post.Get(name))
		if message != "" {
			bad[name] = message
		}
		if n, ok := value.(float64); ok {
			return &n
		}
		return nil
	}
	f := &Field{Kind: "field", Key: key, Type: post.Get("type"), Label: text("label"), Description: text("description"), Group: text("group"), Archived: post.Get("archived") != ""}
	if n := number("order"); n != nil {
		f.Order = int(*n)
	}
	switch f.Type {
	case FieldText:
		if n := number("max_length"); n != nil {
			if f.MaxLength = int(*n); f.MaxLength < 1 || f.MaxLength > 10_000 {
				bad["max_length"] = "errors.limit=10000"
			}
		}
	case FieldNumber:
		f.Min, f.Max = number("min"), number("max")
	case FieldChoice, FieldChoices:
		f.Options = readOptions(post.Get("options"))
	}
	f.told(bad)
	return f, bad.OrNil()
}

// told says what is wrong with a field to somebody who fills in its form.
func (f *Field) told(bad errs.Fields) {
	if f.Label.Empty() {
		bad["label"] = "errors.required"
	}
	fields, _ := errs.AsFields(f.Check())
	for path := range fields {
		name, _, _ := strings.Cut(path, "[")
		switch {
		case bad[name] != "":
		case name == "key":
			bad["key"] = "errors.field.key"
		case name == "options" && len(f.Options) == 0:
			bad["options"] = "errors.required"
		case name == "options":
			bad["options"] = "errors.field.options"
		case name == "max":
			bad["max"] = "errors.field.bounds"
		}
	}
	if !slices.Contains(FieldTypes, f.Type) {
		bad["type"] = "errors.choice"
	}
}

// readOptions reads options, one a line: the value, then the Persian and the English
// label, between bars. A label that is missing is the other one, or the value.
func readOptions(lines string) []Option {
	var out []Option
	for line := range strings.SplitSeq(strings.ReplaceAll(lines, "\r\n", "\n"), "\n") {
		parts := strings.Split(line, "|")
		for i := range parts {
			parts[i] = visible(parts[i])
		}
		if parts[0] == "" {
			continue
		}
		parts = append(parts, "", "")
		persian, english := cmp.Or(parts[1], parts[2], parts[0]), cmp.Or(parts[2], parts[1], parts[0])
		out = append(out, Option{parts[0], i18n.Text{i18n.Persian: persian, i18n.English: english}})
	}
	return out
}
