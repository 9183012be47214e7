package leads

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// input is one field of the form on which a lead is edited.
type input struct {
	Name, Label, Hint string
	// Kind is how it is drawn: "select", "checks", "area", or else the type of an <input>.
	Kind        string
	Value       string
	Options     []option
	Suggestions []string
	Max         int
	Mode        string // which keyboard a phone shows
	Dir         string
	Error       string
	Now         string // what somebody else has made of it in the meantime
}

// ID is the element's.
func (i input) ID() string { return "f-" + strings.ReplaceAll(i.Name, ".", "-") }

// inputGroup is some of them under a heading.
type inputGroup struct {
	Title  string
	Hint   string
	Inputs []input
}

// attribute is before the names of inputs that are attributes.
const attribute = "attr."

// form is what the page of a lead's fields is made of.
type form struct {
	*teller
	lead   *Lead
	owners []string
}

// groups are all inputs of the lead.
func (f *form) groups() []inputGroup {
	l := f.lead
	text := func(name, kind, value, mode string) input {
		in := input{Name: name, Label: f.T("leads." + name), Kind: kind, Value: value, Max: fieldLength, Mode: mode}
		if kind != "text" || name == "external_id" || name == "time_zone" {
			in.Dir = "ltr"
		}
		return in
	}
	list := func(name string, options []option) input {
		return input{Name: name, Label: f.T("leads." + name), Kind: "select", Options: options}
	}
	zone, owner := text("time_zone", "text", l.TimeZone, ""), text("owner", "email", l.Owner, "email")
	zone.Suggestions, owner.Suggestions = zones, f.owners
	zone.Hint, owner.Hint = f.T("leads.time_zone.hint"), f.T("leads.owner.hint")
	external := text("external_id", "text", l.ExternalID, "")
	external.Hint = f.T("leads.external_id.hint")
	out := []inputGroup{
		{Title: f.T("leads.group.who"), Inputs: []input{
			text("first_name", "text", l.FirstName, ""), text("last_name", "text", l.LastName, ""),
			text("email", "email", l.Email, "email"), text("phone", "tel", l.Phone, "tel"), external,
		}},
		{Title: f.T("leads.group.stand"), Inputs: []input{
			list("stage", words(f.Page, "leads.stage.", Stages, l.Stage)), list("relation", words(f.Page, "leads.relation.", Relations, l.Relation)),
			owner, list("channel", words(f.Page, "leads.channel.", Channels, l.Channel)),
		}},
		{Title: f.T("leads.group.where"), Inputs: []input{
			list("language", languages(f.Page, l.Language)), list("country", countries(f.Page, l.Country)), zone,
		}},
	}
	return append(append(out, f.declared()...), f.undeclared()...)
}

// declared are the inputs of the catalogue, by group.
func (f *form) declared() []inputGroup {
	var out []inputGroup
	for _, field := range f.fields.All() {
		value := f.lead.Attributes[field.Key]
		if field.Archived && value == nil {
			continue
		}
		title := field.Group.In(f.Lang)
		if title == "" {
			title = f.T("leads.group.more")
		}
		at := slices.IndexFunc(out, func(g inputGroup) bool { return g.Title == title })
		if at < 0 {
			at, out = len(out), append(out, inputGroup{Title: title})
		}
		out[at].Inputs = append(out[at].Inputs, f.input(field, value))
	}
	return out
}

// undeclared are the inputs of what leads have besides.
func (f *form) undeclared() []inputGroup {
	g := inputGroup{Title: f.T("leads.group.undeclared"), Hint: f.T("leads.group.undeclared.hint")}
	for _, name := range slices.Sorted(maps.Keys(f.lead.Attributes)) {
		if _, ok := f.fields.Find(name); ok {
			continue
		}
		switch value := f.lead.Attributes[name].(type) {
		case string, bool, float64:
			in := f.input(undeclared(name), value)
			in.Label = f.label(name)
			g.Inputs = append(g.Inputs, in)
		}
	}
	if g.Inputs == nil {
		return nil
	}
	return []inputGroup{g}
}

// input is that of an attribute.
func (f *form) input(field *Field, value any) input {
	in := input{
		Name: attribute + field.Key, Label: field.Label.In(f.Lang), Hint: field.Description.In(f.Lang), Kind: "text",
		Value: f.raw(field, value), Max: field.maxLength(), Dir: "auto",
	}
	switch field.Type {
	case FieldNumber:
		in.Mode, in.Max, in.Dir = "decimal", 40, ""
	case FieldDate:
		in.Max, in.Dir = 40, ""
		if f.Lang == i18n.Persian {
			in.Hint = strings.TrimSpace(in.Hint + " " + f.T("leads.date.hint"))
		} else {
			in.Kind = "date"
		}
	case FieldURL:
		in.Kind, in.Mode, in.Dir = "url", "url", "ltr"
	case FieldYesNo:
		in.Kind = "select"
		in.Options = []option{{"yes", f.T("word.yes"), value == true}, {"no", f.T("word.no"), value == false}}
	case FieldChoice, FieldChoices:
		in.Kind = "select"
		if field.Type == FieldChoices {
			in.Kind = "checks"
		}
		for _, o := range field.Options {
			in.Options = append(in.Options, option{o.Value, o.Label.In(f.Lang), o.Value == value || chosen(value, o.Value)})
		}
	case FieldText:
		if in.Max > textLength || strings.Contains(in.Value, "\n") {
			in.Kind = "area"
		}
	}
	if value != nil && !f.fields.Fits(field.Key, value) {
		in.Error = f.T("leads.misfit", "value", f.plain(value))
	}
	return in
}

// raw is a value as one types it.
func (f *form) raw(field *Field, value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case float64:
		return f.typed(v)
	case string:
		if field.Type == FieldDate {
			return writeDate(f.Locale, v)
		}
		return v
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = fmt.Sprint(e)
		}
		return strings.Join(parts, "\n")
	}
	return fmt.Sprint(value)
}

// typed is a number as one types it.
func (t *teller) typed(n float64) string {
	text := t.Digits(strconv.FormatFloat(n, 'f', -1, 64))
	if t.Lang == i18n.Persian {
		text = strings.ReplaceAll(text, ".", "٫")
	}
	return text
}

// raws are all inputs' values as they are posted when nobody touches them.
func (f *form) raws() map[string]string {
	out := map[string]string{}
	for _, g := range f.groups() {
		for _, in := range g.Inputs {
			out[in.Name] = in.posted()
		}
	}
	return out
}

// posted is what the input sends as it stands.
func (i input) posted() string {
	if i.Kind != "select" && i.Kind != "checks" {
		return i.Value
	}
	var values []string
	for _, o := range i.Options {
		if o.Chosen {
			values = append(values, o.Value)
		}
	}
	return strings.Join(values, "\n")
}

// fill puts what somebody posted into the inputs that they touched: those of which they
// did not post what the form held, base.
func fill(groups []inputGroup, post url.Values, base, bad, now map[string]string) {
	for g := range groups {
		for n := range groups[g].Inputs {
			in := &groups[g].Inputs[n]
			if in.Now = now[in.Name]; bad[in.Name] != "" {
				in.Error = bad[in.Name]
			}
			if postedAs(post, in.Name) == base[in.Name] {
				continue
			}
			values := post[in.Name]
			in.Value = strings.Join(values, "\n")
			for o := range in.Options {
				in.Options[o].Chosen = slices.Contains(values, in.Options[o].Value)
			}
			in.Error = bad[in.Name]
		}
	}
}

// postedAs is what was posted of an input, in one text.
func postedAs(post url.Values, name string) string {
	return strings.ReplaceAll(strings.Join(post[name], "\n"), "\r\n", "\n")
}

// set writes what was typed into the lead's field of an input.
func (f *form) set(l *Lead, name, typed string) error {
	if field := l.editable()[name]; field != nil {
		*field = visible(typed)
		return nil
	}
	key := strings.TrimPrefix(name, attribute)
	if key == name || slices.Contains(BuiltIn, key) {
		return errs.Fields{name: "errors.unknown_field"}
	}
	value, err := f.fields.Parse(key, typed)
	if fields, ok := errs.AsFields(err); ok {
		return errs.Fields{name: fields[key]}
	}
	if _, declared := f.fields.Find(key); !declared {
		value = alike(l.Attributes[key], typed, value)
	}
	l.Attributes[key] = value
	return nil
}

// alike keeps a number a number and a yes a yes where nobody has declared what it is.
func alike(old any, typed string, value any) any {
	kind := ""
	switch old.(type) {
	case float64:
		kind = FieldNumber
	case bool:
		kind = FieldYesNo
	default:
		return value
	}
	if same, message := (&Field{Type: kind}).parse(typed); message == "" {
		return same
	}
	return value
}
