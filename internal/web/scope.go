package web

import (
	"fmt"
	"slices"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// EveryScope stands for all scopes, also those that are still to come.
const EveryScope = "*"

// Scopes are what an API key may do: "leads:read", "offers:write", or EveryScope.
// Writing does not include reading.
type Scopes []string

// JSONSchema describes scopes as JSON.
func (Scopes) JSONSchema() string {
	return `{"type":"array","items":{"type":"string","pattern":"^(\\*|[a-z]+:(read|write))$"}}`
}

// Hold says whether they allow what needs the scope.
func (s Scopes) Hold(scope string) bool {
	return slices.Contains(s, EveryScope) || slices.Contains(s, scope)
}

// Cover says whether they allow all that the others allow.
func (s Scopes) Cover(others Scopes) bool {
	return !slices.ContainsFunc(others, func(scope string) bool { return !s.Hold(scope) })
}

// Need returns errs.Forbidden when the principal is a key without the scope; a route
// without a scope, as the pages are, is open to keys that hold every scope.
// Accounts hold all scopes.
func (p Principal) Need(scope string) error {
	if scope == "" {
		scope = EveryScope
	}
	if p.Kind != "key" || p.Scopes.Hold(scope) {
		return nil
	}
	return fmt.Errorf("this key does not hold the scope %s: %w", scope, errs.Forbidden)
}
