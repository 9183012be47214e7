package leads

import (
	"slices"
	"strings"
)

// origin is where something that is known of a lead came from, as a person reads it.
type origin struct {
	Text string
	Href string // its page, where it has one
}

// rooms are the pages on which the things stand that timelines mention, by the kind under
// which Titles knows them.
var rooms = map[string]string{
	"form": "/forms/", "journey": "/journeys/", "email": "/emails/", "offer": "/offers/", "segment": "/segments/", "experiment": "/experiments/",
	"import": "/imports/", "source": "/sources/",
}

// thing is something with a key by its title, and its page when it is still there.
func (t *teller) thing(kind, key string) origin {
	title := t.title(kind, key)
	if title == key || rooms[kind] == "" {
		return origin{Text: title}
	}
	return origin{title, rooms[kind] + key}
}

// origin puts a source into words: "form:guide" is the form by its title. One that is not
// ours stays as it is.
func (t *teller) origin(source string) origin {
	kind, key, named := strings.Cut(source, ":")
	word := "leads.from." + kind
	if !t.Has(word) {
		return origin{Text: source}
	}
	if !named || kind == "email" { // the number of a message tells nobody anything
		return origin{Text: t.T(word)}
	}
	o := origin{Text: key}
	if kind == "tracking" {
		o = t.thing("source", key)
	} else if rooms[kind] != "" {
		o = t.thing(kind, key)
	}
	o.Text = t.T(word, "name", o.Text)
	return o
}

// by is who did something by their source; empty where that is the lead, or a matter of
// course.
func (t *teller) by(source string) origin {
	kind, name, _ := strings.Cut(source, ":")
	switch {
	case kind == "account":
		return origin{Text: name}
	case slices.Contains([]string{"key", "import", "tracking"}, kind):
		return t.origin(source)
	}
	return origin{}
}
