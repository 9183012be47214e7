package abtest

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// How long the texts of an experiment may be in each language, in letters: as the boxes of
// its form have it.
const (
	mostName       = 120
	mostHypothesis = 500
)

// checkTexts wants what people read of an experiment short enough to be read.
func (d *Definition) checkTexts(bad errs.Fields) {
	checkText("hypothesis", d.Hypothesis, mostHypothesis, bad)
	for i, v := range d.Variants {
		checkText(fmt.Sprintf("variants[%d].name", i), v.Name, mostName, bad)
	}
	checkText("goal.name", d.Goal.Name, mostName, bad)
	for i, g := range d.Goals {
		checkText(fmt.Sprintf("goals[%d].name", i), g.Name, mostName, bad)
	}
}

func checkText(at string, text i18n.Text, most int, bad errs.Fields) {
	for lang, words := range text {
		// A form sends each end of a line as two.
		if n := utf8.RuneCountInString(strings.ReplaceAll(words, "\r\n", "\n")); n > most {
			bad[at+"."+string(lang)] = fmt.Sprintf("is too long: %d letters at the most", most)
		}
	}
}
