package leads

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/web"
)

type detailPage struct {
	web.Page
	Lead       *Lead
	Name       string
	Erased     bool
	Stage      string
	Relation   string
	Channel    string
	Language   string
	Country    string
	Tags       []string
	AllTags    []string // to complete what one types
	Segments   []segmentRow
	Figures    []figure
	Fields     []fieldRow
	Undeclared []fieldRow
	Touches    []touchRow
	Consents   []actRow
	MayEmail   bool
	Events     []eventRow
	Tabs       []tab
	Older      string
	Newest     string // address of the newest page when this is another
	Note       noteForm
}

type segmentRow struct{ Key, Name string }

type figure struct {
	Label string
	Value float64
	Link  string // to what it is made of
}

type fieldRow struct {
	Name, Label, Value string
	Link               string // of a web address
	Misfit             bool   // the value is none of the field's
}

type touchRow struct {
	Label  string
	Touch  Touch
	Clicks []string
}

// tab is one of the parts of the timeline.
type tab struct {
	Label, Href string
	Here        bool
}

// noteForm is the form in which a note is written.
type noteForm struct {
	ID      int64 // of the note that is edited; 0 for a new one
	Action  string
	Kinds   []option
	Text    string
	At      string
	Key     string
	Errors  map[string]string
	Editing bool
}

func leadPath(id int64) string { return "/leads/" + strconv.FormatInt(id, 10) }

// mergePath is where two leads can be made one.
func mergePath(id, other int64) string { return fmt.Sprintf("/leads/%d/merge?with=%d", id, other) }

// lead reads the lead of the path. One that was merged leads on to the one it became:
// then the answer is written already.
func (p pages) lead(w http.ResponseWriter, r *http.Request) (l *Lead, done bool, err error) {
	id, err := web.ID(r)
	if err != nil {
		return nil, false, err
	}
	if l, err = p.s.Find(r.Context(), p.s.db.Read(), id); err != nil || l.MergedInto == 0 {
		return l, false, err
	}
	return l, true, web.Redirect(w, r, "%s", leadPath(l.MergedInto))
}

// detail shows one lead: who they are, what they agreed to and everything they did.
func (p pages) detail(w http.ResponseWriter, r *http.Request) error {
	l, done, err := p.lead(w, r)
	if err != nil || done {
		return err
	}
	return p.show(w, r, http.StatusOK, l, nil)
}

// show shows the lead; with a note that was refused, in its form again.
func (p pages) show(w http.ResponseWriter, r *http.Request, status int, l *Lead, refused *noteForm) error {
	ctx := r.Context()
	fields, err := p.s.Fields(ctx)
	if err != nil {
		return err
	}
	t := &teller{Page: p.kit.StaffPage(w, r, ""), ctx: ctx, desk: p.s.desk, fields: fields}
	data := &detailPage{Lead: l, Name: calledOn(t.Page, l), Erased: !l.ErasedAt.IsZero()}
	t.Title = data.Name
	data.Page = t.Page
	data.about(t, l)
	for _, part := range []func(context.Context, *teller, *detailPage) error{p.belongings, p.figures, p.agreements} {
		if err := part(ctx, t, data); err != nil {
			return err
		}
	}
	if err := p.timeline(r, t, data); err != nil {
		return err
	}
	if data.Note, err = p.noteForm(r, t, l, refused); err != nil {
		return err
	}
	return p.kit.Render(w, status, "app", "leads_detail", data)
}

// about fills in the fields.
func (d *detailPage) about(t *teller, l *Lead) {
	d.Stage, d.Relation, d.Channel = t.value("stage", orNil(l.Stage)), t.value("relation", orNil(l.Relation)), t.value("channel", orNil(l.Channel))
	d.Language, d.Country = t.value("language", orNil(l.Language)), t.value("country", orNil(l.Country))
	for _, f := range t.fields.All() {
		if value := l.Attributes[f.Key]; value != nil {
			row := fieldRow{Name: f.Key, Label: f.Label.In(t.Lang), Value: t.value(f.Key, value), Misfit: !t.fields.Fits(f.Key, value)}
			if f.Type == FieldURL && !row.Misfit {
				row.Link = row.Value
			}
			d.Fields = append(d.Fields, row)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.Attributes)) {
		if _, ok := t.fields.Find(name); !ok && l.Attributes[name] != nil {
			d.Undeclared = append(d.Undeclared, fieldRow{Name: name, Label: t.label(name), Value: t.value(name, l.Attributes[name])})
		}
	}
	for _, touch := range []touchRow{{Label: t.T("leads.first_touch"), Touch: l.FirstTouch}, {Label: t.T("leads.last_touch"), Touch: l.LastTouch}} {
		touch.Clicks = slices.Sorted(maps.Keys(touch.Touch.ClickIDs))
		d.Touches = append(d.Touches, touch)
	}
}

func orNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// belongings fills in tags and segments.
func (p pages) belongings(ctx context.Context, t *teller, d *detailPage) error {
	tags, err := p.s.Tags(ctx, p.s.db.Read(), d.Lead.ID)
	if err != nil {
		return err
	}
	d.Tags = tags
	if d.AllTags, err = p.s.TagNames(ctx, p.s.db.Read(), "", 200); err != nil {
		return err
	}
	segments, err := p.s.desk.segmentsOf(ctx, d.Lead.ID)
	for _, n := range segments {
		d.Segments = append(d.Segments, segmentRow{n.Key, n.Name.In(t.Lang)})
	}
	return err
}

// figures fills in points and score, where somebody keeps them.
func (p pages) figures(ctx context.Context, t *teller, d *detailPage) error {
	for _, name := range []string{conditions.NumberPoints, conditions.NumberScore} {
		if _, kept := p.s.numbers[name]; !kept {
			continue
		}
		values, err := p.s.Numbers(ctx, p.s.db.Read(), []int64{d.Lead.ID}, name)
		if err != nil {
			return err
		}
		f := figure{Label: t.T("leads.number." + name), Value: values[d.Lead.ID]}
		if name == conditions.NumberScore {
			f.Link = leadPath(d.Lead.ID) + "/score"
		}
		d.Figures = append(d.Figures, f)
	}
	return nil
}

// agreements fills in what the lead agreed to.
func (p pages) agreements(ctx context.Context, t *teller, d *detailPage) error {
	acts, err := p.s.Consents(ctx, d.Lead.ID)
	if err != nil {
		return err
	}
	for _, c := range acts {
		d.Consents = append(d.Consents, t.act(c))
	}
	may, err := p.s.MayContact(ctx, p.s.db.Read(), "email", []int64{d.Lead.ID})
	d.MayEmail = may[d.Lead.ID] && d.Lead.ErasedAt.IsZero()
	return err
}

// timeline fills in a page of what happened.
func (p pages) timeline(r *http.Request, t *teller, d *detailPage) error {
	show, before, path := r.URL.Query().Get("show"), queryID(r, "before"), leadPath(d.Lead.ID)
	o := TimelineOptions{Before: before, Limit: perPage}
	d.Tabs = []tab{{t.T("leads.timeline.all"), path + "#timeline", true}}
	for _, kind := range timelineKinds {
		here := kind.name == show
		if here {
			o.Names, d.Tabs[0].Here = kind.events, false
		}
		d.Tabs = append(d.Tabs, tab{t.T("leads.timeline." + kind.name), path + "?show=" + kind.name + "#timeline", here})
	}
	if o.Names == nil {
		show = ""
	}
	events, more, err := p.s.TimelineOf(r.Context(), d.Lead.ID, o)
	if err != nil {
		return err
	}
	hidden, err := p.s.superseded(r.Context(), p.s.db.Read(), events)
	if err != nil {
		return err
	}
	for _, e := range events {
		if !hidden[e.ID] {
			d.Events = append(d.Events, t.event(e))
		}
	}
	link := path + "?"
	if show != "" {
		link += "show=" + show + "&"
	}
	if more {
		d.Older = fmt.Sprintf("%sbefore=%d#timeline", link, events[len(events)-1].ID)
	}
	if before > 0 {
		d.Newest = link + "#timeline"
	}
	return nil
}

// noteForm is the form of a new note, of one to be edited (?note=), or of one that was
// refused.
func (p pages) noteForm(r *http.Request, t *teller, l *Lead, refused *noteForm) (noteForm, error) {
	f := noteForm{Action: leadPath(l.ID) + "/notes", Key: rand.Text(), At: noteTime(t.Page, t.Now)}
	kind := NoteKinds[0]
	if id := queryID(r, "note"); id > 0 && refused == nil {
		e := new(Event)
		if err := p.s.db.Read().NewSelect().Model(e).Where("id = ?", id).Where("lead_id = ?", l.ID).
			Where("name IN (?, ?)", EventNoteWritten, EventNoteEdited).Scan(r.Context()); err != nil {
			return f, notFound(err, "note %d", id)
		}
		n := e.note()
		kind, f.ID, f.Text, f.At = n.Kind, id, n.Text, noteTime(t.Page, n.At)
	}
	if refused != nil {
		kind, f.ID, f.Text, f.At, f.Key, f.Errors = refused.Kinds[0].Value, refused.ID, refused.Text, refused.At, refused.Key, refused.Errors
	}
	if f.ID > 0 {
		f.Action, f.Editing = fmt.Sprintf("%s/notes/%d", leadPath(l.ID), f.ID), true
	}
	f.Kinds = words(t.Page, "leads.note.", NoteKinds, kind)
	return f, nil
}

// noteTime is a time as one types it, in the reader's calendar and zone.
func noteTime(p web.Page, at time.Time) string {
	zone := p.Zone
	if zone == nil {
		zone = time.UTC
	}
	at = at.In(zone)
	return writeDate(p.Locale, at.Format(time.DateOnly)) + " " + p.Digits(at.Format("15:04"))
}
