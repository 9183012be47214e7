package segments

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/leads"
)

// How many suggestions a list has at the most, and at how many of the newest leads one
// looks for fields that nobody declared.
const (
	suggestions = 200
	lookedAt    = 200
)

// suggest fills the lists that the builder offers.
func (p pages) suggest(ctx context.Context, page *editPage) error {
	if err := p.suggestFields(ctx, page); err != nil {
		return err
	}
	if err := p.suggestEvents(ctx, page); err != nil {
		return err
	}
	if err := p.db.Read().NewSelect().TableExpr("tags").Column("name").Order("name_fold").Limit(suggestions).Scan(ctx, &page.Tags); err != nil {
		return fmt.Errorf("segments: tags: %w", err)
	}
	all, err := p.List(ctx, p.db.Read())
	if err != nil {
		return err
	}
	for _, seg := range all {
		if seg.Key != page.Key || page.IsNew {
			page.Segments = append(page.Segments, option{Value: seg.Key, Label: seg.Definition.Name.In(page.Lang)})
		}
	}
	variants, err := p.leads.Variants(ctx, page.Lang)
	if err != nil {
		return fmt.Errorf("segments: variants: %w", err)
	}
	for _, v := range variants {
		page.Variants = append(page.Variants, option{Value: v.Key, Label: v.Experiment + ": " + v.VariantName.Variant})
	}
	page.Consents = append(page.Consents, option{Value: "marketing", Label: page.T("segments.consent.any")})
	for _, channel := range []string{"email", "sms", "phone", "whatsapp", "telegram", "post"} {
		page.Consents = append(page.Consents, option{Value: "marketing/" + channel, Label: page.T("segments.consent.by", "channel", page.T("conditions.value."+channel))})
	}
	for _, unit := range units {
		page.Units = append(page.Units, option{Value: unit, Label: page.T("segments.unit." + unit)})
	}
	page.Kinds = p.kinds(page)
	return nil
}

// suggestFields are those that every lead has, those that were declared, and those
// that the newest leads have besides.
func (p pages) suggestFields(ctx context.Context, page *editPage) (err error) {
	if page.catalogue, err = p.leads.Fields(ctx); err != nil {
		return err
	}
	own := heading{Label: page.T("segments.fields.own")}
	for _, name := range leads.BuiltIn {
		own.Options = append(own.Options, option{Value: name, Label: conditions.FieldLabel(page.Locale, name)})
	}
	declared := heading{Label: page.T("segments.fields.declared")}
	for _, f := range page.catalogue.All() {
		if !f.Archived {
			declared.Options = append(declared.Options, option{Value: f.Key, Label: f.Label.In(page.Lang)})
		}
	}
	var newest []*leads.Lead
	if err := p.db.Read().NewSelect().Model(&newest).Column("attributes").Order("id DESC").Limit(lookedAt).Scan(ctx); err != nil {
		return fmt.Errorf("segments: fields: %w", err)
	}
	seen := map[string]bool{}
	for _, l := range newest {
		for name := range l.Attributes {
			if _, known := page.catalogue.Find(name); !known {
				seen[name] = true
			}
		}
	}
	for name := range page.Root.fields() {
		if _, known := page.catalogue.Find(name); !known && !slices.Contains(leads.BuiltIn, name) {
			seen[name] = true
		}
	}
	others := heading{Label: page.T("segments.fields.seen")}
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		others.Options = append(others.Options, option{Value: name, Label: name})
	}
	for _, h := range []heading{declared, others, own} {
		if len(h.Options) > 0 {
			page.Fields = append(page.Fields, h)
		}
	}
	return nil
}

// fields are the names that the rows ask about.
func (p *part) fields() map[string]bool {
	out := map[string]bool{}
	if p == nil {
		return out
	}
	if p.Kind == partField && p.Name != "" {
		out[p.Name] = true
	}
	for _, sub := range p.Parts {
		maps.Copy(out, sub.fields())
	}
	return out
}

// suggestEvents are the events that somebody did, found name by name along the index
// whatever their number.
func (p pages) suggestEvents(ctx context.Context, page *editPage) error {
	skip := `WITH RECURSIVE seen (name) AS (
		SELECT min(name) FROM events
		UNION ALL SELECT (SELECT min(name) FROM events WHERE name > seen.name) FROM seen WHERE seen.name IS NOT NULL
	) SELECT name FROM seen WHERE name IS NOT NULL LIMIT ?`
	var names []string
	if err := p.db.Read().NewRaw(skip, suggestions).Scan(ctx, &names); err != nil {
		return fmt.Errorf("segments: events: %w", err)
	}
	for _, name := range names {
		o := option{Value: name}
		if key := "leads.event." + strings.ReplaceAll(strings.ToLower(name), " ", "_"); page.Has(key) {
			o.Label = page.T(key)
		}
		page.Events = append(page.Events, o)
	}
	return nil
}
