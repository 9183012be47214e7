package segments

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/sarnakh/sarnakh/internal/calendar"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/leads"
)

// dress is what a row of the builder needs to be shown.
type dress struct {
	Page    *editPage
	Type    string   // of the value: one of the types of a field
	Ops     []option // what can be asked of a value of the type
	Choices []option // of the values of a choice
	First   bool     // the outermost group
	Said    string   // what an event of our own is called
}

// option is one entry of a list to choose from.
type option struct {
	Value, Label string
	On           bool
}

// heading is a part of a list to choose from.
type heading struct {
	Label   string
	Options []option
}

// opsOf are the questions that make sense for a type; of any other type all do.
var opsOf = map[string][]string{
	leads.FieldNumber:  {opIs, opAtLeast, opAtMost, opBetween, opOneOf, opKnown, opUnknown},
	leads.FieldYesNo:   {opIs, opKnown, opUnknown},
	leads.FieldDate:    {opAtLeast, opAtMost, opBetween, opWithin, opIs, opKnown, opUnknown},
	leads.FieldChoice:  {opIs, opOneOf, opKnown, opUnknown},
	leads.FieldChoices: {opIs, opOneOf, opKnown, opUnknown},
	leads.FieldText:    {opIs, opOneOf, opContains, opStartsWith, opKnown, opUnknown},
	leads.FieldURL:     {opContains, opStartsWith, opIs, opKnown, opUnknown},
}

// dressed gets all below the part ready to be shown.
func (p *part) dressed(page *editPage) {
	p.Page = page
	switch p.Kind {
	case partField:
		p.Type, p.Choices = page.typeOf(p.Name)
		p.dressAsk(&p.ask)
	case partPoints, partScore:
		p.Name = page.Digits(p.Name)
	case partEvent:
		p.Times, p.Span.N = page.Digits(p.Times), page.Digits(p.Span.N)
		for _, o := range page.Events {
			if o.Value == p.Name {
				p.Said = o.Label
			}
		}
		for _, w := range p.Props {
			w.Page = page
			w.dressAsk(&w.ask)
		}
	}
	for _, sub := range p.Parts {
		sub.dressed(page)
	}
}

func (d *dress) dressAsk(a *ask) {
	can := opsOf[d.Type]
	if can == nil {
		can = ops
	}
	if a.Op == "" {
		a.Op = can[0]
	}
	if !slices.Contains(can, a.Op) { // written as YAML, or asked before another field was chosen
		can = append(slices.Clip(can), a.Op)
	}
	for _, op := range can {
		key := "segments.op." + op
		if dated := key + ".date"; d.Type == leads.FieldDate && d.Page.Has(dated) {
			key = dated
		}
		d.Ops = append(d.Ops, option{op, d.Page.T(key), op == a.Op})
	}
	if a.Ago.Unit == "" {
		a.Ago.Unit = "d"
	}
	if d.Picks() { // what was chosen before it was taken from the list
		for _, v := range append([]string{a.Value}, a.Values...) {
			if v != "" && !slices.ContainsFunc(d.Choices, func(o option) bool { return o.Value == v }) && (len(a.Values) == 0 || v != a.Value) {
				d.Choices = append(d.Choices, option{Value: v, Label: v})
			}
		}
	}
	for i, o := range d.Choices {
		d.Choices[i].On = o.Value == a.Value && a.Op != opOneOf || a.Op == opOneOf && slices.Contains(a.Values, o.Value)
	}
	a.Ago.N = d.Page.Digits(a.Ago.N)
	a.Value, a.High = d.Page.typed(a.Value), d.Page.typed(a.High)
}

// typeOf says what type a field is of, and which values it can have. Of a field that
// nobody declared nothing is known.
func (page *editPage) typeOf(name string) (string, []option) {
	own := func(values []string) (string, []option) {
		out := make([]option, len(values))
		for i, v := range values {
			out[i] = option{Value: v, Label: page.T("conditions.value." + v)}
		}
		return leads.FieldChoice, out
	}
	switch name {
	case "stage":
		return own(leads.Stages)
	case "relation":
		return own(leads.Relations)
	case "channel":
		return own(leads.Channels)
	case "language":
		return own([]string{string(i18n.Persian), string(i18n.English)})
	case "created_at":
		return leads.FieldDate, nil
	}
	if slices.Contains(leads.BuiltIn, name) {
		return leads.FieldText, nil
	}
	f, ok := page.catalogue.Find(name)
	if !ok {
		return "", nil
	}
	var choices []option
	for _, o := range f.Options {
		choices = append(choices, option{Value: o.Value, Label: o.Label.In(page.Lang)})
	}
	if f.Type == leads.FieldYesNo {
		choices = []option{{Value: "true", Label: page.T("word.yes")}, {Value: "false", Label: page.T("word.no")}}
	}
	return f.Type, choices
}

// Picks says whether the value is one of a list.
func (d *dress) Picks() bool { return len(d.Choices) > 0 }

var jalaliDate = regexp.MustCompile(`^(1[2-6]\d\d)[-/](\d{1,2})[-/](\d{1,2})$`)

// isoDate turns a Jalali date that somebody typed into 2006-01-02, and leaves all else.
func isoDate(text string) string {
	m := jalaliDate.FindStringSubmatch(i18n.ASCIIDigits(text))
	if m == nil {
		return text
	}
	year, _ := strconv.Atoi(m[1])
	month, _ := strconv.Atoi(m[2])
	day, _ := strconv.Atoi(m[3])
	j, err := calendar.NewJalali(year, month, day)
	if err != nil {
		return text
	}
	return j.Time(time.UTC).Format(time.DateOnly)
}

var number = regexp.MustCompile(`^-?\d+(\.\d+)?$`)

// typed is a number or a date as the reader would type it, and any other text as it is.
func (page *editPage) typed(text string) string {
	if number.MatchString(text) {
		return page.Digits(text)
	}
	at, err := time.Parse(time.DateOnly, text)
	if err != nil || page.Lang != i18n.Persian {
		return text
	}
	j := calendar.FromTime(at)
	return page.Digits(strconv.Itoa(j.Year) + "/" + strconv.Itoa(j.Month) + "/" + strconv.Itoa(j.Day))
}

// kinds are the rows that can be added here: those that somebody can answer.
func (p pages) kinds(page *editPage) (out []option) {
	schema := p.leads.Schema()
	for _, kind := range []string{partField, partEvent, partTag, partConsent, partSegment, partPoints, partScore, partGrade, partVariant, partGroup} {
		can := true
		switch kind {
		case partPoints:
			_, can = schema.Numbers[conditions.NumberPoints]
		case partScore:
			_, can = schema.Numbers[conditions.NumberScore]
		case partGrade:
			can = schema.Sets[conditions.SetGrade] != nil
		case partVariant:
			can = schema.Sets[conditions.SetVariant] != nil
		case partSegment:
			can = len(page.Segments) > 0
		}
		if can {
			out = append(out, option{Value: kind, Label: page.T("segments.part." + kind)})
		}
	}
	return out
}
