package leads

import (
	"net/http"
	"strconv"

	"github.com/sarnakh/sarnakh/internal/web"
)

// perPage is how many leads or events a page shows.
const perPage = 50

type pages struct {
	s   *Service
	kit *web.Kit
}

// by is who asks, as a source of events.
func by(r *http.Request) string {
	who := web.Who(r)
	return who.Kind + ":" + who.Name
}

// queryID reads a row number from the query; anything else counts as none.
func queryID(r *http.Request, name string) int64 {
	id, err := strconv.ParseInt(r.URL.Query().Get(name), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}

// option is one choice of a list on a page.
type option struct {
	Value, Label string
	Chosen       bool
}

// words are the options of a list whose labels stand in the catalogue under a stem.
func words(p web.Page, stem string, values []string, chosen string) []option {
	out := make([]option, len(values))
	for i, v := range values {
		out[i] = option{v, p.T(stem + v), v == chosen}
	}
	return out
}
