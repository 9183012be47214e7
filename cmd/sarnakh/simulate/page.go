package simulate

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// page is what somebody sees of a page.
type page struct {
	at       *url.URL
	headline string
	praised  bool  // a customer speaks on it
	form     *form // that asks for an e-mail address; nil when there is none
	problems int   // fields that the page says are wrong
}

// form is a form as a browser holds it.
type form struct {
	action string
	hidden url.Values
	fields []field
}

// field is one question of a form.
type field struct {
	name     string
	kind     string // the type of an input; "select" or "textarea"
	numeric  bool
	required bool
	wrong    bool     // as the page says
	value    string   // that it comes with
	options  []string // of a select
}

func readPage(a *answer) (*page, error) {
	root, err := html.Parse(bytes.NewReader(a.body))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.at, err)
	}
	p := &page{at: a.at}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if attribute(n, "aria-invalid") == "true" {
			p.problems++
		}
		switch n.Data {
		case "h1":
			if p.headline == "" {
				p.headline = words(n)
			}
		case "blockquote":
			p.praised = true
		case "form":
			if f := readForm(n, a.at); f.has("email") {
				p.form = f
			}
		}
	}
	return p, nil
}

func readForm(n *html.Node, at *url.URL) *form {
	f := &form{action: at.String(), hidden: url.Values{}}
	if to, err := at.Parse(attribute(n, "action")); err == nil {
		to.Fragment = ""
		f.action = to.String()
	}
	for n := range n.Descendants() {
		if n.Type != html.ElementNode || !slices.Contains([]string{"input", "select", "textarea"}, n.Data) {
			continue
		}
		one := field{
			name: attribute(n, "name"), kind: n.Data, value: attribute(n, "value"),
			numeric: attribute(n, "inputmode") == "decimal" || attribute(n, "inputmode") == "numeric",
		}
		_, one.required = lookup(n, "required")
		one.wrong = attribute(n, "aria-invalid") == "true"
		if n.Data == "input" {
			one.kind = attribute(n, "type")
		}
		switch {
		case one.name == "":
		case one.kind == "hidden":
			f.hidden.Set(one.name, one.value)
		case attribute(n, "tabindex") == "-1": // out of people's sight
			f.hidden.Set(one.name, "")
		default:
			one.readValue(n)
			f.fields = append(f.fields, one)
		}
	}
	return f
}

// readValue reads what a select offers and has chosen, or a box or a textarea holds.
func (f *field) readValue(n *html.Node) {
	switch f.kind {
	case "textarea":
		f.value = words(n)
	case "checkbox":
		_, checked := lookup(n, "checked")
		if f.value == "" {
			f.value = "on"
		}
		if !checked {
			f.options, f.value = []string{f.value}, ""
		}
	case "select":
		for o := range n.Descendants() {
			if o.Type != html.ElementNode || o.Data != "option" {
				continue
			}
			value := attribute(o, "value")
			if value != "" {
				f.options = append(f.options, value)
			}
			if _, selected := lookup(o, "selected"); selected {
				f.value = value
			}
		}
	}
}

func (f *form) has(name string) bool {
	return slices.ContainsFunc(f.fields, func(f field) bool { return f.name == name })
}

// pull is the share of people who will ask for what such a page offers. A promise
// with a number in it is believed more, and so is another customer.
func (p *page) pull() float64 {
	share := .13
	if strings.ContainsFunc(p.headline, unicode.IsDigit) {
		share += .045
	}
	if p.praised {
		share += .03
	}
	return share
}

func attribute(n *html.Node, name string) string {
	value, _ := lookup(n, name)
	return value
}

func lookup(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// words is the text within, on one line.
func words(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}
