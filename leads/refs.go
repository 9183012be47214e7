package leads

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/manifest"
)

// FormRef is the form that a trigger, rule or goal names when it waits for a filled-in
// form, so that a misspelt key is told and not silently waited for. None otherwise.
// path is where the event stands, with a dot at its end if it stands within something.
func FormRef(event string, where map[string]any, path string) []manifest.Ref {
	key, ok := where["form"].(string)
	if event != EventFormSubmitted || !ok {
		return nil
	}
	return []manifest.Ref{{Kind: "form", Key: key, Path: path + "where.form"}}
}

// ConditionRefs are the segments and experiments that a condition names, none of nil: one
// that does not exist is told and not silently empty. path is where the condition stands.
func ConditionRefs(c *conditions.Condition, path string) []manifest.Ref {
	if c == nil {
		return nil
	}
	var refs []manifest.Ref
	for _, key := range c.Segments() {
		refs = append(refs, manifest.Ref{Kind: "segment", Key: key, Path: path})
	}
	for _, name := range c.Variants() {
		experiment, variant, _ := strings.Cut(name, "/")
		refs = append(refs, manifest.Ref{Kind: "experiment", Key: experiment, Part: variant, Path: path})
	}
	return refs
}

// AddKind joins documents of another feature that conditions name. Call it before anything
// is served.
func (s *Service) AddKind(k manifest.Kind) { s.kinds = append(s.kinds, k) }

// CheckRefs refuses what is named and not there, among the documents that were joined and
// those of more. It returns errs.Fields.
func (s *Service) CheckRefs(ctx context.Context, idb bun.IDB, refs []manifest.Ref, more ...manifest.Kind) error {
	kinds := slices.Concat(s.kinds, more)
	refs = slices.DeleteFunc(slices.Clone(refs), func(r manifest.Ref) bool {
		return !slices.ContainsFunc(kinds, func(k manifest.Kind) bool { return k.Name() == r.Kind })
	})
	return manifest.CheckRefs(ctx, idb, kinds, refs)
}
