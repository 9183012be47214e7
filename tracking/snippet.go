package tracking

import (
	"errors"
	"net/http"

	"github.com/sarnakh/sarnakh/internal/web"
)

// script is what a web page of somebody else loads to tell us what happens on it.
func (p pages) script(w http.ResponseWriter, r *http.Request) error {
	script, ok := p.kit.Templates.Asset("t.js")
	if !ok {
		return errors.New("t.js is not built in")
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	return web.ServeAsset(w, r, script)
}
