package leads

import "github.com/sarnakh/sarnakh/internal/manifest"

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
