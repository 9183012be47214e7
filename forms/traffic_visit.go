package forms

import (
	"net/http"
	"net/url"
	"time"
)

// countedCookie stands in a visitor's browser for one landing page alone: that they were
// counted, and on which day. So they count once whichever server answers, and however often
// it was started. It names nobody.
const countedCookie = "counted"

// counted is what a visitor has counted for on a page and day.
type counted int

const (
	countedNot counted = iota
	countedSeen
	countedConverted
)

// convertedMark follows the day in the cookie of who has sent the form.
const convertedMark = ".sent"

// countedBefore is what the browser says of this day.
func countedBefore(r *http.Request, day string) counted {
	c, err := r.Cookie(countedCookie)
	switch {
	case err != nil:
	case c.Value == day:
		return countedSeen
	case c.Value == day+convertedMark:
		return countedConverted
	}
	return countedNot
}

// counts reports whether a visit is one of a visitor: not of a program, of the team, of a
// signed preview or of a browser that only looks ahead.
func (v *visit) counts(r *http.Request) bool {
	return !v.preview && byVisitor(r)
}

// countVisit counts that the page was seen, or that its form was sent.
func (s *Service) countVisit(w http.ResponseWriter, r *http.Request, v *visit, converted bool) {
	day := s.clock.Now().In(s.kit.Zone).Format(time.DateOnly)
	told := countedBefore(r, day)
	if told == countedConverted || told == countedSeen && !converted {
		return
	}
	s.counter.count(v.page.Key, day, v.visitor, told, converted)
	value := day
	if converted {
		value += convertedMark
	}
	http.SetCookie(w, &http.Cookie{
		Name: countedCookie, Value: value, Path: "/p/" + url.PathEscape(v.page.Key), MaxAge: 24 * 3600,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.kit.Secure(),
	})
}
