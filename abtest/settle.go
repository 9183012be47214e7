package abtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/manifest"
)

// stages are the states in the order in which a life goes through them.
var stages = map[State]int{Draft: 0, Running: 1, Paused: 1, Stopped: 2, Archived: 3}

// Settle keeps the state that people have brought an experiment to since its file was
// written: a file cannot take it back. Of one that has ended the rest stays as well, since
// hardly any of it could change. What the file does take back of one that runs is told.
func (d *Definition) Settle(stored manifest.Doc) string {
	was, ok := stored.(*Definition)
	if !ok {
		return ""
	}
	var notes []string
	if stages[was.wantedState()] > stages[d.wantedState()] {
		notes = append(notes, fmt.Sprintf("stays %s, and is not %s as the file says: write state: %[1]s", was.wantedState(), d.wantedState()))
		if stages[was.wantedState()] >= stages[Stopped] {
			*d = *was
		}
		d.State = was.State
	}
	return strings.Join(append(notes, d.takesBack(was)...), "; ")
}

// takesBack says what the definition changes of a running experiment that people change in
// the browser, too, and may not know to be overwritten: a pause, and the weights.
func (d *Definition) takesBack(was *Definition) (notes []string) {
	if stages[was.wantedState()] != stages[Running] {
		return nil
	}
	switch before, after := was.wantedState(), d.wantedState(); {
	case before == Paused && after == Running:
		notes = append(notes, "was paused, and runs again: to keep the pause write state: paused")
	case before == Running && after == Paused:
		notes = append(notes, "ran, and is paused now: to have it run on write state: running")
	}
	if before, after := was.shares(), d.shares(); stages[d.wantedState()] == stages[Running] && slices.Equal(was.keys(), d.keys()) && !alike(before, after) {
		notes = append(notes, fmt.Sprintf("its visitors were divided %s, and are divided %s from now on, which opens a new regime", d.inWords(before), d.inWords(after)))
	}
	return notes
}

// keys are those of the variants.
func (d *Definition) keys() []string {
	list := make([]string, len(d.Variants))
	for i, v := range d.Variants {
		list[i] = v.Key
	}
	return list
}

// inWords are the variants' shares, as in "a 70%, b 30%".
func (d *Definition) inWords(shares []float64) string {
	list := make([]string, len(shares))
	for i, share := range shares {
		list[i] = d.Variants[i].Key + " " + strconv.FormatFloat(share*100, 'g', 4, 64) + "%"
	}
	return strings.Join(list, ", ")
}
