package abtest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

// Audience are the visits that an experiment is for; everybody where it is empty. Who
// does not fit gets the first version and is not counted.
type Audience struct {
	Devices   []string `json:"devices,omitempty" yaml:"devices,omitempty" validate:"max=3,dive,oneof=desktop phone tablet"`
	Traffic   []string `json:"traffic,omitempty" yaml:"traffic,omitempty" validate:"max=6,dive,oneof=direct search social email ads referral"`
	Languages []string `json:"languages,omitempty" yaml:"languages,omitempty" validate:"max=10,dive,min=2,max=8"` // "fa", "en"
}

// fits reports whether the experiment is for this visit.
func (a Audience) fits(v web.Visit) bool {
	among := func(words []string, word string) bool {
		return len(words) == 0 || slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, word) })
	}
	return among(a.Devices, v.Device) && among(a.Traffic, v.Channel) && among(a.Languages, v.Language)
}

// languageCode is how SDKs and browsers name a language.
var languageCode = regexp.MustCompile(`^(?i)[a-z]{2,3}(-[a-z0-9]{2,8})*$`)

// check refuses languages in which nobody can ever come.
func (a Audience) check(surface string, bad errs.Fields) {
	for i, lang := range a.Languages {
		at := fmt.Sprintf("audience.languages[%d]", i)
		ours := slices.ContainsFunc(i18n.Langs, func(l i18n.Lang) bool { return strings.EqualFold(string(l), lang) })
		switch {
		case !languageCode.MatchString(lang):
			bad[at] = "is not the code of a language, such as fa or en"
		case !ours && surface != surfaceAPI:
			bad[at] = "is not a language of our pages, which are shown in fa and en: nobody would fit"
		}
	}
}

// everybody reports whether it leaves nobody out.
func (a Audience) everybody() bool { return len(a.Devices)+len(a.Traffic)+len(a.Languages) == 0 }

// oneOf is a list of which an attribute must be one, as SDKs ask for it.
type oneOf struct {
	In []string `json:"$in"`
}

// condition is the audience as SDKs know it: by the attributes device, traffic and
// language that the page or the app sets. It is nil for everybody.
func (a Audience) condition() map[string]oneOf {
	c := map[string]oneOf{}
	for name, words := range map[string][]string{"device": a.Devices, "traffic": a.Traffic, "language": a.Languages} {
		if len(words) > 0 {
			c[name] = oneOf{words}
		}
	}
	if len(c) == 0 {
		return nil
	}
	return c
}
