package abtest

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// press does what a button other than saving says: it adds or takes away a row.
func (f *typedForm) press(button string) {
	verb, which, _ := strings.Cut(button, ":")
	what, row, _ := strings.Cut(which, ":")
	i, err := strconv.Atoi(row)
	switch {
	case verb == "add" && what == "variant" && f.Variants < 10:
		f.Variants++
	case verb == "add" && what == "goal" && f.Goals < mostGoals:
		f.Set(fmt.Sprintf("goals[%d].role", f.Goals), string(Secondary))
		f.Goals++
	case verb == "remove" && err == nil && what == "variant" && f.Variants > 2:
		f.remove("variants", i, f.Variants)
		f.Variants--
	case verb == "remove" && err == nil && what == "goal" && f.Goals > 1:
		f.remove("goals", i, f.Goals)
		f.Goals--
	}
}

// remove takes a row out of n and lets those below it move up.
func (f *typedForm) remove(list string, row, n int) {
	moved := url.Values{}
	for name, values := range f.Values {
		rest, of := strings.CutPrefix(name, list+"[")
		number, field, _ := strings.Cut(rest, "].")
		i, err := strconv.Atoi(number)
		switch {
		case !of || err != nil || i < row:
			moved[name] = values
		case i > row && i < n:
			moved[fmt.Sprintf("%s[%d].%s", list, i-1, field)] = values
		}
	}
	f.Values = moved
}
