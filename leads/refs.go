package leads

import (
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
	for _, key := range c.Experiments() {
		refs = append(refs, manifest.Ref{Kind: "experiment", Key: key, Path: path})
	}
	return refs
}
