package forms

import (
	"fmt"
	"net/http"
	"time"
)

// In the pages of others embed.js keeps what our cookies keep here, in the storage of that
// site, and says it when it asks for a form and when it sends one. Who says nothing, as a
// browser that keeps nothing, is not counted.
const (
	queryCounted  = "counted"         // on which day it was counted; empty for never
	paramCounted  = "_counted"        // the same of who sends the form
	headerCounted = "Sarnakh-Counted" // what it shall keep from now on
)

// embedAge is how long anybody may keep an embedded form.
const embedAge = time.Minute

// countEmbedded counts that a form was seen in a page of somebody else, and says how long
// the answer may be kept: not at all where another visitor, or this one tomorrow, would
// have to be counted.
func (s *Service) countEmbedded(w http.ResponseWriter, r *http.Request, f *Form) {
	w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(min(embedAge, s.untilMidnight()).Seconds())))
	query := r.URL.Query()
	day := s.today()
	told := countedAs(query.Get(queryCounted), day)
	if !query.Has(queryCounted) || !told.adds(false) {
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	if r.Method == http.MethodGet && byVisitor(r) && !f.Definition.Closed {
		s.counter.count(place{aForm, f.Key}, day, "", told, false)
		w.Header().Set(headerCounted, day)
	}
}

// untilMidnight is how long today lasts.
func (s *Service) untilMidnight() time.Duration {
	now := s.clock.Now().In(s.kit.Zone)
	return time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, s.kit.Zone).Sub(now)
}

// countSent counts that a form was sent from its own page, or from that of somebody else by
// embed.js. Where else it came from, nobody has counted who saw it.
func (s *Service) countSent(w http.ResponseWriter, r *http.Request, v *formVisit, body sent) {
	if v.preview != "" || !byVisitor(r) {
		return
	}
	day := s.today()
	switch mark, embedded := body.kept(paramCounted); {
	case embedded:
		if told := countedAs(mark, day); told.adds(true) {
			s.counter.count(place{aForm, v.form.Key}, day, v.visitor, told, true)
			w.Header().Set(headerCounted, markOf(day, true))
		}
	case v.visitor != "" && v.visitor == visitorOf(r): // the cookie, which no other site can send with it
		s.countForm(w, r, v.form, day, v.visitor, true)
	}
}
