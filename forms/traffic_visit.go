package forms

import (
	"net/http"
	"net/url"
	"time"
)

// countedCookie stands in a visitor's browser for one landing page alone, and followed by
// a form's key for that form on all our pages: that they were counted, and on which day. So
// they count once whichever server answers, and however often it was started. It names nobody.
const countedCookie = "counted"

// counted is what a visitor has counted for at a place on a day.
type counted int

const (
	countedNot counted = iota
	countedSeen
	countedConverted
)

// convertedMark follows the day in the mark of who has sent the form.
const convertedMark = ".sent"

// countedAs is what the mark in a browser says of this day.
func countedAs(mark, day string) counted {
	switch mark {
	case day:
		return countedSeen
	case day + convertedMark:
		return countedConverted
	}
	return countedNot
}

// markOf is what a browser keeps of having been counted.
func markOf(day string, converted bool) string {
	if converted {
		return day + convertedMark
	}
	return day
}

// countedBy is what the cookie says of this day.
func countedBy(r *http.Request, cookie, day string) counted {
	c, err := r.Cookie(cookie)
	if err != nil {
		return countedNot
	}
	return countedAs(c.Value, day)
}

// adds reports whether a visit counts for anything beside what has been counted.
func (told counted) adds(converted bool) bool {
	return told == countedNot || told == countedSeen && converted
}

// today is the day that visits count for.
func (s *Service) today() string { return s.clock.Now().In(s.kit.Zone).Format(time.DateOnly) }

// counts reports whether a visit is one of a visitor: not of a program, of the team, of a
// signed preview or of a browser that only looks ahead.
func (v *visit) counts(r *http.Request) bool {
	return !v.preview && byVisitor(r)
}

// countVisit counts that a landing page and the form in it were seen, or that this was sent.
func (s *Service) countVisit(w http.ResponseWriter, r *http.Request, v *visit, converted bool) {
	day := s.today()
	s.countAt(w, r, place{aPage, v.page.Key}, countedCookie, "/p/"+url.PathEscape(v.page.Key), day, v.visitor, converted)
	s.countForm(w, r, v.form, day, v.visitor, converted)
}

// countForm counts that a form was seen on a page of ours, whichever that is, or sent from
// there. One that is closed cannot be sent, and who saw it says nothing about it.
func (s *Service) countForm(w http.ResponseWriter, r *http.Request, f *Form, day, visitor string, converted bool) {
	if !f.Definition.Closed {
		s.countAt(w, r, place{aForm, f.Key}, countedCookie+"_"+f.Key, "/", day, visitor, converted)
	}
}

// countAt counts a visit of a browser that keeps a cookie for the place.
func (s *Service) countAt(w http.ResponseWriter, r *http.Request, at place, cookie, path, day, visitor string, converted bool) {
	told := countedBy(r, cookie, day)
	if !told.adds(converted) {
		return
	}
	s.counter.count(at, day, visitor, told, converted)
	http.SetCookie(w, &http.Cookie{
		Name: cookie, Value: markOf(day, converted), Path: path, MaxAge: 24 * 3600,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.kit.Secure(),
	})
}
