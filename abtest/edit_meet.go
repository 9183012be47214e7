package abtest

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// divergence is a field of which a form says something else than what somebody else has
// stored since it was opened.
type divergence struct {
	Label, Stored, Yours string
	Kept                 bool // what is stored: the writer had not touched it, or cannot
}

// meet brings a form together with what is stored now: what its writer left as it was when
// the form was opened takes the stored value, and the rest is theirs. It says where the two
// differed.
func (f *filler) meet(now typedForm) (list []divergence) {
	was, mine := f.form.opened(now), f.form
	out := typedForm{Values: url.Values{}, Variants: mine.Variants, Goals: mine.Goals}
	for name, values := range mine.Values {
		out.Values[name] = values
	}
	f.form = out
	byRow := map[string]bool{}
	for _, rows := range []struct {
		name, word string
		n          *int
		now        int
	}{{"variants", "experiments.part.variants", &f.form.Variants, now.Variants}, {"goals", "experiments.part.goals", &f.form.Goals, now.Goals}} {
		// While a draft is written rows come and go: then each list is one thing.
		opened, stored := was.row(rows.name), now.row(rows.name)
		yours := cmp.Or(mine.row(rows.name), stored) // once it has started the keys are not sent
		if byRow[rows.name] = opened == stored && yours == stored; byRow[rows.name] {
			continue
		}
		kept := yours == opened
		if kept {
			f.form.takeAll(rows.name, now)
			*rows.n = rows.now
		}
		if yours != stored {
			list = append(list, divergence{f.page.T(rows.word), stored, yours, kept})
		}
	}
	boxes := slices.Concat(f.about(), f.plan(), f.who(), f.verdict())
	for i := range f.form.Variants {
		if row := f.variant(i, false); byRow["variants"] {
			boxes = append(boxes, row.labelled(row.Boxes)...)
		}
	}
	for i := range f.form.Goals {
		if row := f.goal(i, false); byRow["goals"] {
			boxes = append(boxes, row.labelled(slices.Concat(row.Boxes, row.More))...)
		}
	}
	for _, b := range boxes {
		stored, yours, opened := now.said(b.Name), mine.said(b.Name), was.said(b.Name)
		unsent := b.Why != "" && !mine.Has(b.Name) // it is held, and the page did not send it
		kept := b.Why != "" || yours == opened
		if kept {
			f.form.take(b.Name, now)
		}
		if !unsent && yours != stored {
			list = append(list, divergence{b.Label, f.shown(b, stored), f.shown(b, yours), kept})
		}
	}
	return list
}

// labelled are the boxes of a row with its title before their own.
func (r editRow) labelled(boxes []box) []box {
	for i := range boxes {
		boxes[i].Label = r.Title + ": " + boxes[i].Label
	}
	return boxes
}

// opened is what the form held when it was opened; that is what is stored now where the
// form does not say, so that nothing typed is lost.
func (f typedForm) opened(now typedForm) typedForm {
	values, err := url.ParseQuery(f.Get(paramOpened))
	if err != nil || len(values) == 0 {
		return now
	}
	return typedForm{Values: values}
}

// row says which rows a list has, by their keys.
func (f typedForm) row(list string) string {
	var keys []string
	for i := 0; f.Has(fmt.Sprintf("%s[%d].key", list, i)); i++ {
		keys = append(keys, f.text(fmt.Sprintf("%s[%d].key", list, i)))
	}
	return strings.Join(keys, ", ")
}

// take replaces one field by that of another form.
func (f typedForm) take(name string, from typedForm) {
	if delete(f.Values, name); from.Has(name) {
		f.Values[name] = from.Values[name]
	}
}

// fill takes from another form what this one was not sent: the fields that are held.
func (f typedForm) fill(from typedForm) {
	for name, values := range from.Values {
		if !f.Has(name) {
			f.Values[name] = values
		}
	}
}

// takeAll replaces a list by that of another form.
func (f typedForm) takeAll(list string, from typedForm) {
	for name := range f.Values {
		if strings.HasPrefix(name, list+"[") {
			delete(f.Values, name)
		}
	}
	for name, values := range from.Values {
		if strings.HasPrefix(name, list+"[") {
			f.Values[name] = values
		}
	}
}

// usual is what a choice sends that nobody has made.
var usual = map[string]string{
	"mode": string(Prove), "kind": string(Conversion), "better": string(More), "role": string(Primary), "whole_weeks": "yes",
}

// said is what an input says, the same however the browser sends it.
func (f typedForm) said(name string) string {
	text := strings.TrimSpace(strings.ReplaceAll(strings.Join(f.Values[name], "\n"), "\r\n", "\n"))
	return cmp.Or(text, usual[name[strings.LastIndex(name, ".")+1:]])
}

// shown is what an input says as people read it.
func (f *filler) shown(b box, text string) string {
	if text == "" {
		return f.page.T("experiments.differs.empty")
	}
	var words []string
	for _, one := range strings.Split(text, "\n") {
		if i := slices.IndexFunc(b.Options, func(o boxOption) bool { return o.Value == one }); i >= 0 {
			one = b.Options[i].Label
		}
		words = append(words, one)
	}
	return strings.Join(words, ", ")
}
