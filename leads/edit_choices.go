package leads

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

// spoken are the languages that are offered; others can come from forms and imports.
var spoken = []string{"fa", "en", "ar", "az", "ckb", "ku", "tr", "ps", "ur", "hy", "ru", "de", "fr", "es", "it", "nl", "sv", "zh", "hi"}

// zones are the time zones that are suggested; any that exists is taken.
var zones = []string{
	"Asia/Tehran", "Asia/Dubai", "Asia/Baghdad", "Asia/Kabul", "Asia/Baku", "Asia/Yerevan", "Asia/Riyadh", "Asia/Qatar", "Asia/Kuwait",
	"Asia/Karachi", "Asia/Kolkata", "Asia/Tashkent", "Asia/Shanghai", "Asia/Tokyo", "Asia/Singapore", "Europe/Istanbul", "Europe/Moscow",
	"Europe/Berlin", "Europe/Paris", "Europe/London", "Europe/Stockholm", "Europe/Amsterdam", "America/New_York", "America/Chicago",
	"America/Los_Angeles", "America/Toronto", "America/Vancouver", "Australia/Sydney", "UTC",
}

func tag(l i18n.Lang) language.Tag {
	if l == i18n.Persian {
		return language.Persian
	}
	return language.English
}

// languages are the options of a lead's language, by name in the reader's own. The
// chosen one is among them whatever it is.
func languages(p web.Page, chosen string) []option {
	codes := slices.Clone(spoken)
	if chosen != "" && !slices.Contains(codes, chosen) {
		codes = append(codes, chosen)
	}
	out := make([]option, len(codes))
	for i, code := range codes {
		out[i] = option{code, languageName(p.Lang, code), code == chosen}
	}
	return out
}

func languageName(l i18n.Lang, code string) string {
	t, err := language.Parse(code)
	if err != nil {
		return code
	}
	return cmp.Or(display.Languages(tag(l)).Name(t), code)
}

func countryName(l i18n.Lang, code string) string {
	r, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	return cmp.Or(display.Regions(tag(l)).Name(r), code)
}

// countryNames are all countries by name, as readers of a language sort them.
var countryNames = map[i18n.Lang]func() []option{
	i18n.Persian: sync.OnceValue(func() []option { return sortedCountries(i18n.Persian) }),
	i18n.English: sync.OnceValue(func() []option { return sortedCountries(i18n.English) }),
}

func sortedCountries(l i18n.Lang) []option {
	var out []option
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string(a) + string(b)
			r, err := language.ParseRegion(code)
			if err == nil && r.IsCountry() && r.Canonicalize() == r && !strings.HasPrefix(code, "X") && r.ISO3() != "ZZZ" {
				if name := countryName(l, code); name != code {
					out = append(out, option{Value: code, Label: name})
				}
			}
		}
	}
	c := collate.New(tag(l))
	slices.SortFunc(out, func(x, y option) int { return c.CompareString(x.Label, y.Label) })
	return out
}

// countries are the options of a lead's country.
func countries(p web.Page, chosen string) []option {
	out := slices.Clone(countryNames[p.Lang]())
	for i := range out {
		out[i].Chosen = out[i].Value == chosen
	}
	if chosen != "" && !slices.ContainsFunc(out, func(o option) bool { return o.Chosen }) {
		out = append(out, option{chosen, chosen, true})
	}
	return out
}
