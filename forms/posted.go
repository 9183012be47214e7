package forms

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/web"
)

// sent is what was posted to a form: form-encoded, or JSON.
type sent struct {
	form   url.Values
	script map[string]any
}

func posted(r *http.Request) (sent, error) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		err := web.ParseForm(r)
		return sent{form: r.PostForm}, err
	}
	var p sent
	err := web.DecodeJSON(r, &p.script)
	return p, err
}

// text is a value that travels with the form; "" when it is no text.
func (p sent) text(name string) string {
	if p.script == nil {
		return p.form.Get(name)
	}
	text, _ := p.script[name].(string)
	return text
}

// kept is what embed.js has kept and says; false where it says nothing.
func (p sent) kept(name string) (string, bool) {
	if p.script == nil {
		return p.form.Get(name), p.form.Has(name)
	}
	text, said := p.script[name].(string)
	return text, said
}

// values are what was sent, by name, for a form that asks for it.
func (p sent) values(d *Definition) (url.Values, error) {
	if p.script == nil {
		return p.form, nil
	}
	post, bad := make(url.Values, len(p.script)), errs.Fields{}
	for name, value := range p.script {
		f, _ := d.field(name)
		switch v := value.(type) {
		case nil:
		case string:
			post.Set(name, v)
		case bool:
			if f.Type != "checkbox" && !strings.HasPrefix(name, "_") {
				bad[name] = "errors.type"
			}
			post.Set(name, strconv.FormatBool(v))
		case float64:
			if f.Type != "number" {
				bad[name] = "errors.type"
			}
			post.Set(name, strconv.FormatFloat(v, 'f', -1, 64))
		default:
			bad[name] = "errors.type"
		}
	}
	return post, bad.OrNil()
}
