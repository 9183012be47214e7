package main

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/campaigns"
	"github.com/sarnakh/sarnakh/campaigns/journey"
	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/leads/scoring"
	"github.com/sarnakh/sarnakh/loyalty"
	"github.com/sarnakh/sarnakh/offers"
)

// segmentUsers tells which documents name a segment, so that it is not deleted from
// under them. It is a segments.User.
type segmentUsers struct {
	kinds     []manifest.Kind
	campaigns *campaigns.Service
}

// SegmentUsers are the titles of the documents whose conditions name the segment.
func (u segmentUsers) SegmentUsers(ctx context.Context, idb bun.IDB, key string) ([]i18n.Text, error) {
	var users []i18n.Text
	for _, k := range u.kinds {
		docs, err := u.docs(ctx, idb, k)
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			if slices.Contains(conditions.Needs(asks(d)...).Sets[conditions.SetSegment], key) {
				title := titleOf(d)
				if title.Empty() {
					title = i18n.Plain(d.Meta().Key)
				}
				users = append(users, title)
			}
		}
	}
	return users, nil
}

// docs are the stored documents of a kind that has conditions.
func (u segmentUsers) docs(ctx context.Context, idb bun.IDB, k manifest.Kind) (out []manifest.Doc, err error) {
	switch t := k.(type) {
	case manifest.Table[scoring.Rule, *scoring.Rule]:
		return stored(ctx, idb, t)
	case manifest.Table[loyalty.EarningRule, *loyalty.EarningRule]:
		return stored(ctx, idb, t)
	case manifest.Table[offers.Offer, *offers.Offer]:
		return stored(ctx, idb, t)
	}
	if k.Name() != "journey" {
		return nil, nil
	}
	journeys, err := u.campaigns.Journeys(ctx)
	if err != nil {
		return nil, err
	}
	for _, j := range journeys {
		d, err := k.Current(ctx, idb, j.Key)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

func stored[D any, P interface {
	*D
	manifest.Doc
}](ctx context.Context, idb bun.IDB, t manifest.Table[D, P]) ([]manifest.Doc, error) {
	rows, err := t.List(ctx, idb)
	docs := make([]manifest.Doc, len(rows))
	for i, row := range rows {
		docs[i] = P(&row.Definition)
	}
	return docs, err
}

// asks are the conditions of a document.
func asks(d manifest.Doc) (out []conditions.Condition) {
	add := func(c *conditions.Condition) {
		if c != nil {
			out = append(out, *c)
		}
	}
	switch d := d.(type) {
	case *scoring.Rule:
		add(d.Condition)
	case *loyalty.EarningRule:
		add(d.Condition)
	case *offers.Offer:
		add(d.Condition)
	case *campaigns.JourneyDoc:
		add(d.Trigger.Condition)
		out = append(out, branches(d.Steps)...)
	}
	return out
}

func branches(steps []journey.Step) (out []conditions.Condition) {
	for _, s := range steps {
		if s.Branch != nil {
			out = append(out, s.Branch.If)
			out = append(out, branches(s.Branch.Then)...)
			out = append(out, branches(s.Branch.Else)...)
		}
		for _, branch := range s.Branches {
			out = append(out, branches(branch)...)
		}
	}
	return out
}
