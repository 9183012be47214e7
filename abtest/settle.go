package abtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/manifest"
)

// stages are the states in the order in which a life goes through them.
var stages = map[State]int{Draft: 0, Running: 1, Paused: 1, Stopped: 2, Archived: 3}

// Settle keeps the state that people have brought an experiment to since its file was
// written: a file cannot take it back. Of one that has ended names can still change, so that
// they are the file's, and all else stays; in the archive names stay, too. What stays, and
// what the file takes back of one that runs, is told.
func (d *Definition) Settle(stored manifest.Doc) string {
	was, ok := stored.(*Definition)
	if !ok {
		return ""
	}
	var notes []string
	if stages[was.wantedState()] > stages[d.wantedState()] {
		notes = append(notes, fmt.Sprintf("stays %s, and is not %s as the file says: write state: %[1]s", was.wantedState(), d.wantedState()))
		if stages[was.wantedState()] >= stages[Stopped] {
			file := *d
			*d = *was
			if was.wantedState() == Stopped {
				d.rename(&file)
			}
			if other := d.differs(&file); len(other) > 0 {
				notes = append(notes, "has ended, so that this stays as it is stored, and not as the file says: "+strings.Join(other, ", "))
			}
		}
		d.State = was.State
	}
	return strings.Join(append(notes, d.takesBack(was)...), "; ")
}

// rename takes the words of another definition of the same experiment.
func (d *Definition) rename(as *Definition) {
	d.Name, d.Hypothesis = as.Name, as.Hypothesis
	d.Variants, d.Goals = slices.Clone(d.Variants), slices.Clone(d.Goals)
	for i, v := range d.Variants {
		if at := slices.IndexFunc(as.Variants, func(of Variant) bool { return of.Key == v.Key }); at >= 0 {
			d.Variants[i].Name = as.Variants[at].Name
		}
	}
	for i, g := range d.Goals {
		if at := slices.IndexFunc(as.Goals, func(of Goal) bool { return of.Key == g.Key }); at >= 0 {
			d.Goals[i].Name = as.Goals[at].Name
		}
	}
	if d.Goal.Key == as.Goal.Key {
		d.Goal.Name = as.Goal.Name
	}
}

// differs are the fields, but for the state, in which two definitions are not the same.
func (d *Definition) differs(other *Definition) (fields []string) {
	a, b := d.fields(), other.fields()
	names := maps.Clone(a)
	maps.Copy(names, b)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if name != "state" && !bytes.Equal(a[name], b[name]) {
			fields = append(fields, name)
		}
	}
	return fields
}

func (d *Definition) fields() (fields map[string]json.RawMessage) {
	raw, err := json.Marshal(d)
	if err != nil || json.Unmarshal(raw, &fields) != nil {
		return nil // a definition that was read or stored is JSON
	}
	return fields
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
