package simulate

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// person is one visitor: who they are, what they have in mind and what they have
// seen. Only one goroutine at a time may act for a person.
type person struct {
	number  int // from 1, in the order of arrival
	rng     *rand.Rand
	browser *browser

	lang   i18n.Lang
	source *source
	query  url.Values // of the address they come by
	first  string     // as they write it in a form
	email  string
	temper temper

	// What they have in mind.
	will          float64 // they ask when the page's pull is above it
	hesitates     bool    // if they ask, then at a second visit
	comesBack     bool    // even though they do not ask
	slips         bool    // makes a mistake in the form first
	clicks        int     // on the button: two when impatient
	consents      bool
	asksAgain     bool // in some days, having forgotten
	persianDigits bool // types numbers in Persian digits

	// What they have been through.
	headline string // of the page they were shown
	visits   int
	left     bool   // unsubscribed
	code     string // of the offer they mean to use
}

// temper is how somebody treats e-mails.
type temper struct {
	opens, follows, leaves float64 // rates: of all, of the opened, of the opened
	hours                  float64 // until they open, on the average
}

var (
	engaged = temper{opens: .82, follows: .44, leaves: .002, hours: 3}
	casual  = temper{opens: .48, follows: .18, leaves: .008, hours: 9}
	cold    = temper{opens: .16, follows: .05, leaves: .040, hours: 26}
)

// crowd makes n people. The same seed makes the same people.
func crowd(seed uint64, n int) []*person {
	people := make([]*person, n)
	taken := map[string]bool{}
	for i := range people {
		people[i] = newPerson(seed, i+1, taken)
	}
	return people
}

// newPerson draws everything in one fixed order from the person's own numbers, so
// that nobody's mind depends on what others do.
func newPerson(seed uint64, number int, taken map[string]bool) *person {
	rng := rand.New(rand.NewPCG(seed, uint64(number)))
	chance := func(p float64) bool { return rng.Float64() < p }
	p := &person{number: number, rng: rng, lang: i18n.Persian}
	if chance(.3) {
		p.lang = i18n.English
	}
	p.source = drawSource(rng)
	p.query = p.source.query(rng)
	if p.lang == i18n.English && chance(.6) || p.lang == i18n.Persian && chance(.3) {
		p.query.Set("lang", string(p.lang)) // the advertisement says so; else the browser does
	}
	p.browser = newBrowser(rng, p.source, p.lang)
	p.name(taken)
	p.temper = []temper{engaged, casual, cold}[weighted(rng, []float64{.35, .42, .23})]
	p.will = rng.Float64()
	p.hesitates, p.comesBack = chance(.14), chance(.10)
	p.slips = chance(.07)
	p.clicks = 1
	if chance(.03) {
		p.clicks = 2
	}
	p.consents = !chance(.12)
	p.asksAgain = chance(.02)
	p.persianDigits = p.lang == i18n.Persian && chance(.45)
	return p
}

// name gives the person a name and an address that nobody else has.
func (p *person) name(taken map[string]bool) {
	given, family := english, englishFamilies
	if p.lang == i18n.Persian {
		given, family = persian, persianFamilies
	}
	first := given[p.rng.IntN(len(given))]
	last := family[p.rng.IntN(len(family))]
	p.first = first.written
	if p.lang == i18n.Persian && p.rng.Float64() < .08 {
		p.first = strings.ToUpper(first.latin[:1]) + first.latin[1:]
	}
	local := []string{first.latin + "." + last.latin, first.latin + last.latin, first.latin[:1] + "." + last.latin, last.latin + "." + first.latin}[p.rng.IntN(4)]
	domain := []string{"example.com", "example.org", "example.net"}[weighted(p.rng, []float64{6, 3, 1})]
	p.email = local + "@" + domain
	for taken[p.email] {
		p.email = fmt.Sprintf("%s%d@%s", local, 60+p.rng.IntN(9940), domain)
	}
	taken[p.email] = true
}
