package web

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/templates"
)

// Static serves style sheets, scripts and fonts under the names with a hash that
// pages use. They never change, so a browser asks once.
func (k *Kit) Static(w http.ResponseWriter, r *http.Request) error {
	asset, ok := k.Templates.Asset(r.PathValue("name"))
	if !ok {
		return fmt.Errorf("asset %s: %w", r.PathValue("name"), errs.NotFound)
	}
	if asset.Path() == r.URL.Path {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	return ServeAsset(w, r, asset)
}

// ServeAsset writes an asset, compressed when the browser can take it, or 304 when
// it has it already.
func ServeAsset(w http.ResponseWriter, r *http.Request, asset templates.Asset) error {
	h := w.Header()
	h.Set("Content-Type", asset.ContentType)
	h.Set("ETag", `"`+asset.Hash+`"`)
	h.Set("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == `"`+asset.Hash+`"` {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body := asset.Body
	if asset.Gzip != nil && takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = asset.Gzip
	}
	_, err := w.Write(body)
	return err
}

// Compressed writes a body, gzipped when the browser can take it.
func Compressed(w http.ResponseWriter, r *http.Request, contentType string, body []byte) error {
	w.Header().Set("Content-Type", contentType)
	if !takesGzip(r) {
		_, err := w.Write(body)
		return err
	}
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	if _, err := z.Write(body); err != nil {
		return err
	}
	return z.Close()
}

func takesGzip(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
}
