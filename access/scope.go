package access

import (
	"slices"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// Everything is what a key may do that is not held back.
var Everything = web.Scopes{web.EveryScope}

// A scopeGroup is one thing of the workspace that keys may be let near. Its name
// stands in the catalogue under "access.scope.".
type scopeGroup struct {
	Name        string
	Read, Write bool // whether there is anything to read, to write
}

// scopeGroups are all there are, in the order of the menu. A route whose scope is
// missing here fails a test of the whole.
var scopeGroups = []scopeGroup{
	{"leads", true, true},
	{"fields", false, true}, // who sees leads sees what is kept about them
	{"privacy", true, true},
	{"segments", true, true},
	{"scoring", true, true},
	{"transfer", true, true},
	{"forms", true, false},
	{"journeys", true, true},
	{"experiments", true, true},
	{"offers", true, true},
	{"loyalty", true, true},
	{"insights", true, false},
	{"sources", true, true},
	{"webhooks", true, true},
	{"keys", true, true},
	{"metrics", true, false},
}

// KnownScopes are the scopes that a key may hold besides web.EveryScope.
func KnownScopes() web.Scopes {
	var all web.Scopes
	for _, g := range scopeGroups {
		if g.Read {
			all = append(all, g.Name+":read")
		}
		if g.Write {
			all = append(all, g.Name+":write")
		}
	}
	return all
}

// checkScopes puts scopes into the order of KnownScopes, each once. None at all and
// unknown ones are errs.Fields.
func checkScopes(scopes web.Scopes) (web.Scopes, error) {
	if len(scopes) == 0 {
		return nil, errs.Fields{"scopes": "errors.access.scopes"}
	}
	if slices.Contains(scopes, web.EveryScope) {
		scopes = web.Scopes{web.EveryScope}
	}
	known := append(web.Scopes{web.EveryScope}, KnownScopes()...)
	for _, scope := range scopes {
		if !slices.Contains(known, scope) {
			return nil, errs.Fields{"scopes": "errors.access.scope_unknown=" + scope}
		}
	}
	return slices.DeleteFunc(known, func(scope string) bool { return !slices.Contains(scopes, scope) }), nil
}
