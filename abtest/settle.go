package abtest

import (
	"fmt"

	"github.com/sarnakh/sarnakh/internal/manifest"
)

// stages are the states in the order in which a life goes through them.
var stages = map[State]int{Draft: 0, Running: 1, Paused: 1, Stopped: 2, Archived: 3}

// Settle keeps the state that people have brought an experiment to since its file was
// written: a file cannot take it back. Of one that has ended the rest stays as well, since
// hardly any of it could change.
func (d *Definition) Settle(stored manifest.Doc) string {
	was, ok := stored.(*Definition)
	if !ok || stages[was.wantedState()] <= stages[d.wantedState()] {
		return ""
	}
	note := fmt.Sprintf("stays %s, and is not %s as the file says: write state: %[1]s", was.wantedState(), d.wantedState())
	if stages[was.wantedState()] >= stages[Stopped] {
		*d = *was
	}
	d.State = was.State
	return note
}
