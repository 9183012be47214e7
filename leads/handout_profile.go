package leads

import (
	"maps"
	"slices"
	"strconv"
)

func fmtID(id int64) string { return strconv.FormatInt(id, 10) }

// profile is what a lead's own row says, by what belongs together on its other pages.
func (t *teller) profile(l *Lead) []handOutBlock {
	var out []handOutBlock
	block := func(title string, lines []handOutLine) {
		lines = slices.DeleteFunc(lines, func(line handOutLine) bool { return line.Value == "" })
		if len(lines) > 0 {
			out = append(out, handOutBlock{Title: title, Lines: lines})
		}
	}
	fields := func(names ...string) (lines []handOutLine) {
		all := l.fields()
		for _, name := range names {
			lines = append(lines, handOutLine{Name: t.label(name), Value: t.value(name, all[name])})
		}
		return lines
	}
	block(t.T("leads.group.who"), fields("first_name", "last_name", "email", "phone", "external_id"))
	block(t.T("leads.group.stand"), fields("stage", "relation", "channel", "owner"))
	block(t.T("leads.group.where"), fields("language", "country", "time_zone"))
	block(t.T("leads.group.more"), t.attributes(l))
	block(t.T("leads.first_touch"), t.touch(l.FirstTouch))
	block(t.T("leads.last_touch"), t.touch(l.LastTouch))
	dates := []handOutLine{{Name: t.T("leads.created_at"), Value: t.DateTime(l.CreatedAt)}, {Name: t.T("handout.column.updated_at"), Value: t.DateTime(l.UpdatedAt)}}
	if !l.ErasedAt.IsZero() {
		dates = append(dates, handOutLine{Name: t.T("handout.column.erased_at"), Value: t.DateTime(l.ErasedAt)})
	}
	block(t.T("handout.dates"), dates)
	return out
}

// attributes are what is kept of a lead besides what every lead has: declared fields in
// their order, then the others by name.
func (t *teller) attributes(l *Lead) (lines []handOutLine) {
	for _, f := range t.fields.All() {
		if value := l.Attributes[f.Key]; value != nil {
			lines = append(lines, handOutLine{Name: f.Label.In(t.Lang), Value: t.value(f.Key, value)})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.Attributes)) {
		if _, declared := t.fields.Find(name); !declared {
			label := t.label(name)
			lines = append(lines, handOutLine{Name: label, Value: t.value(name, l.Attributes[name]), Raw: label == name})
		}
	}
	return lines
}

// touch is where a visit came from.
func (t *teller) touch(v Touch) []handOutLine {
	lines := []handOutLine{
		{Name: t.T("leads.source"), Value: v.Source}, {Name: t.T("leads.medium"), Value: v.Medium}, {Name: t.T("leads.campaign"), Value: v.Campaign},
		{Name: t.T("leads.property.utm_term"), Value: v.Term}, {Name: t.T("leads.property.utm_content"), Value: v.Content},
		{Name: t.T("leads.property.referrer"), Value: v.Referrer}, {Name: t.T("handout.column.landing"), Value: v.Landing}, {Name: t.T("handout.column.page"), Value: v.Page},
	}
	for _, name := range slices.Sorted(maps.Keys(v.ClickIDs)) {
		lines = append(lines, handOutLine{Name: name, Value: v.ClickIDs[name], Raw: true})
	}
	return lines
}
