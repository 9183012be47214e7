package simulate

import (
	"fmt"
	"maps"
	"net/url"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// cupsADay is how common each number of cups is, from one on.
var cupsADay = []float64{20, 34, 22, 12, 7, 5}

// fill answers a form's questions and returns them with what the form carries. A
// question that must be answered and that the person has no answer to is an error.
func (p *person) fill(f *form) (url.Values, error) {
	values := maps.Clone(f.hidden)
	for _, q := range f.fields {
		switch {
		case q.name == "email":
			values.Set(q.name, p.email)
		case q.name == "first_name":
			values.Set(q.name, p.first)
		case q.kind == "checkbox":
			if p.consents || q.required {
				values.Set(q.name, q.ticked())
			}
		case q.value != "" && !q.wrong: // answered before
			values.Set(q.name, q.value)
		case q.kind == "select" && len(q.options) > 0:
			values.Set(q.name, p.choose(q.options))
		case q.numeric || q.kind == "number":
			values.Set(q.name, p.cups())
		case q.required:
			return nil, fmt.Errorf("does not know what to answer to %q", q.name)
		}
	}
	return values, nil
}

// ticked is what a box sends when it is ticked.
func (f field) ticked() string {
	if len(f.options) > 0 {
		return f.options[0]
	}
	return f.value
}

// choose takes one of a list; what stands first is most common.
func (p *person) choose(options []string) string {
	weights := make([]float64, len(options))
	for i := range weights {
		weights[i] = 1 / float64(i+2)
	}
	return options[weighted(p.rng, weights)]
}

// cups is a number of cups, in the digits that the person types.
func (p *person) cups() string {
	n := weighted(p.rng, cupsADay) + 1
	if p.persianDigits {
		return i18n.Locale{Lang: i18n.Persian}.Num(n)
	}
	return strconv.Itoa(n)
}

// mistake is right with one thing wrong that the browser does not notice: an address
// without its end, or a number in words.
func (p *person) mistake(f *form, right url.Values) url.Values {
	wrong := maps.Clone(right)
	for _, q := range f.fields {
		if q.numeric && p.rng.Float64() < .5 {
			word := "two"
			if p.lang == i18n.Persian {
				word = "دوتا"
			}
			wrong.Set(q.name, word)
			return wrong
		}
	}
	wrong.Set("email", p.email[:strings.LastIndexByte(p.email, '.')])
	return wrong
}
