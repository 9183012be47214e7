package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/abtest"
	"github.com/sarnakh/sarnakh/campaigns"
	"github.com/sarnakh/sarnakh/forms"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/shelf"
	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/leads/scoring"
	"github.com/sarnakh/sarnakh/leads/segments"
	"github.com/sarnakh/sarnakh/loyalty"
	"github.com/sarnakh/sarnakh/offers"
)

// titles is what people call the things that a lead's timeline mentions by key, and what
// forms ask for: a lead's page has words from all features, and knows none of them.
type titles struct {
	db    *db.DB
	kinds []manifest.Kind
	// numbered are the things that have a number and no key, by kind.
	numbered map[string]func(ctx context.Context, id int64) (string, error)
	named    *shelf.Shelf[i18n.Text] // by kind and key
	asked    *shelf.Shelf[questions]
}

// questions are the labels of the fields and options of all forms.
type questions struct{ fields, options map[string]i18n.Text }

// titlesFor is how long a title is kept: somebody who renames a form sees the new name
// on timelines that much later at the most.
const titlesFor = 10 * time.Second

// joinDesk gives the leads' pages what they ask of other features.
func (f *features) joinDesk(d *db.DB) {
	t := &titles{db: d, kinds: f.kinds(), numbered: map[string]func(context.Context, int64) (string, error){
		"import": func(ctx context.Context, id int64) (string, error) {
			im, err := f.transfer.Find(ctx, id)
			if err != nil {
				return "", err
			}
			return im.Name, nil
		},
		"source": func(ctx context.Context, id int64) (string, error) {
			source, err := f.tracking.Find(ctx, id)
			if err != nil {
				return "", err
			}
			return source.Name, nil
		},
	}}
	t.named = shelf.New(t.load, titlesFor)
	t.asked = shelf.New(func(ctx context.Context, _ string) (*questions, error) { return questionsOf(ctx, f.forms) }, titlesFor)
	f.leads.SetTitles(t.title)
	f.leads.SetSegments(segmentDesk{f.segments, d})
	f.leads.SetVariants(func(ctx context.Context, lang i18n.Lang) ([]leads.Variant, error) {
		names, err := f.abtest.Names(ctx, d.Read())
		out := make([]leads.Variant, len(names.Keys))
		for i, key := range names.Keys {
			experiment, variant, _ := strings.Cut(key, "/")
			out[i] = leads.Variant{Key: key, VariantName: conditions.VariantName{
				Experiment: names.Experiment(experiment), Variant: names.Variant(experiment, variant, lang),
			}}
		}
		return out, err
	})
	f.leads.AddRefresher(f.segments)
	f.leads.SetAccounts(func(ctx context.Context) ([]string, error) {
		users, err := f.access.ListUsers(ctx)
		emails := make([]string, len(users))
		for i, u := range users {
			emails[i] = u.Email
		}
		return emails, err
	})
}

// title is a leads.Titles. What cannot be read has no title: the key will do.
func (t *titles) title(ctx context.Context, kind, key string, lang i18n.Lang) string {
	if kind == "field" || kind == "option" {
		all, err := t.asked.Find(ctx, "")
		switch {
		case err != nil:
			return ""
		case kind == "field":
			return all.fields[key].In(lang)
		}
		return all.options[key].In(lang)
	}
	text, err := t.named.Find(ctx, kind+"/"+key)
	if err != nil {
		return ""
	}
	return text.In(lang)
}

// load reads the title of a kind and key.
func (t *titles) load(ctx context.Context, id string) (*i18n.Text, error) {
	if kind, number, _ := strings.Cut(id, "/"); t.numbered[kind] != nil {
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return new(i18n.Text), nil
		}
		name, err := t.numbered[kind](ctx, n)
		if err != nil && !errors.Is(err, errs.NotFound) {
			return nil, err
		}
		text := i18n.Plain(name)
		return &text, nil
	}
	for _, k := range t.kinds {
		name := k.Name() + "/"
		if len(id) <= len(name) || id[:len(name)] != name {
			continue
		}
		doc, err := k.Current(ctx, t.db.Read(), id[len(name):])
		if err != nil && !errors.Is(err, errs.NotFound) {
			return nil, err
		}
		text := titleOf(doc)
		return &text, nil
	}
	return new(i18n.Text), nil
}

// titleOf is what the team calls what a document sets up.
func titleOf(doc manifest.Doc) i18n.Text {
	switch d := doc.(type) {
	case *forms.Definition:
		return i18n.Plain(d.Name)
	case *abtest.Definition:
		return i18n.Plain(d.Name)
	case *campaigns.JourneyDoc:
		return d.Name
	case *campaigns.EmailDoc:
		return d.Subject
	case *offers.Offer:
		return d.Title
	case *loyalty.EarningRule:
		return d.Name
	case *segments.Definition:
		return d.Name
	case *scoring.Rule:
		return d.Name
	}
	return nil
}

// questionsOf gathers what all forms ask for. Where two ask for the same in other words, the
// newer form has the last one.
func questionsOf(ctx context.Context, f *forms.Service) (*questions, error) {
	all, err := f.Forms(ctx)
	if err != nil {
		return nil, err
	}
	q := &questions{map[string]i18n.Text{}, map[string]i18n.Text{}}
	for _, form := range all {
		for _, field := range form.Definition.Fields {
			q.fields[field.Name] = field.Label
			for _, o := range field.Options {
				q.options[field.Name+"/"+o.Value] = o.Label
			}
		}
	}
	return q, nil
}

// segmentDesk tells the leads' pages which segments there are.
type segmentDesk struct {
	*segments.Service
	db *db.DB
}

// SegmentNames are all segments.
func (s segmentDesk) SegmentNames(ctx context.Context) ([]leads.Named, error) {
	all, err := s.List(ctx, s.db.Read())
	names := make([]leads.Named, len(all))
	for i, seg := range all {
		names[i] = leads.Named{Key: seg.Key, Name: seg.Definition.Name}
	}
	return names, err
}

// SegmentsOf are those that a lead is in.
func (s segmentDesk) SegmentsOf(ctx context.Context, leadID int64) ([]leads.Named, error) {
	all, err := s.Of(ctx, s.db.Read(), leadID)
	names := make([]leads.Named, len(all))
	for i, m := range all {
		names[i] = leads.Named{Key: m.Key, Name: m.Definition.Name}
	}
	return names, err
}
