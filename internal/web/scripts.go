package web

import "net/http"

// Scripts is what scripts on the pages of others may send to a route and read of its
// answer. They bring no cookie of ours with it.
type Scripts struct {
	Methods string
	Headers string // of the request, beside those that browsers always allow
	Reads   string // headers of the answer, likewise
}

// Allow tells the browser so.
func (s Scripts) Allow(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", s.Methods)
	h.Set("Access-Control-Allow-Headers", s.Headers)
	if s.Reads != "" {
		h.Set("Access-Control-Expose-Headers", s.Reads)
	}
	h.Set("Access-Control-Max-Age", "86400")
}

// Preflight answers what browsers ask before a call.
func (s Scripts) Preflight(w http.ResponseWriter, _ *http.Request) error {
	s.Allow(w)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
