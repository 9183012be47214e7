package templates

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/css"
	"github.com/tdewolff/minify/v2/js"
	"github.com/tdewolff/minify/v2/svg"
)

// Asset is a file that pages load, ready to be sent.
type Asset struct {
	Name        string // "app.css"
	Hash        string // changes whenever the content does
	ContentType string
	Body        []byte // minified
	Gzip        []byte // Body compressed; nil where that saves nothing
}

// Path is where pages ask for the asset: "/static/app.1a2b3c4d.css". Its
// content never changes, so a browser may keep it for ever.
func (a Asset) Path() string { return "/static/" + a.hashed() }

func (a Asset) hashed() string {
	ext := path.Ext(a.Name)
	return strings.TrimSuffix(a.Name, ext) + "." + a.Hash + ext
}

type assets struct {
	byName map[string]Asset // under the plain and under the hashed name
}

func (a *assets) find(name string) (Asset, bool) {
	asset, ok := a.byName[name]
	return asset, ok
}

var contentTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".txt":   "text/plain; charset=utf-8",
	".woff2": "font/woff2",
}

// newAssets prepares every file of fsys. Style sheets come last, because they
// name the other files by url(…).
func newAssets(fsys fs.FS) (*assets, error) {
	names, err := fs.Glob(fsys, "*.*")
	if err != nil {
		return nil, fmt.Errorf("assets: %w", err)
	}
	a := &assets{byName: map[string]Asset{}}
	for _, sheets := range []bool{false, true} {
		for _, name := range names {
			if (path.Ext(name) == ".css") != sheets {
				continue
			}
			if err := a.add(fsys, name); err != nil {
				return nil, fmt.Errorf("assets: %s: %w", name, err)
			}
		}
	}
	return a, nil
}

func (a *assets) add(fsys fs.FS, name string) error {
	ext := path.Ext(name)
	contentType, ok := contentTypes[ext]
	if !ok {
		return fmt.Errorf("no content type for %q", ext)
	}
	body, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	if ext == ".css" {
		if body, err = a.joinSheets(fsys, body); err != nil {
			return err
		}
	}
	if body, err = shrink(ext, body); err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	asset := Asset{
		Name:        name,
		Hash:        hex.EncodeToString(sum[:4]),
		ContentType: contentType,
		Body:        body,
		Gzip:        compress(body),
	}
	a.byName[name] = asset
	a.byName[asset.hashed()] = asset
	return nil
}

var (
	importRule = regexp.MustCompile(`(?m)^@import "([\w.-]+)";\n`)
	urlValue   = regexp.MustCompile(`url\("([\w.-]+)"\)`)
)

// joinSheets puts imported sheets in their place, so that a page loads one
// file, and gives every url() its hashed path.
func (a *assets) joinSheets(fsys fs.FS, sheet []byte) ([]byte, error) {
	var failed error
	sheet = importRule.ReplaceAllFunc(sheet, func(rule []byte) []byte {
		part, err := fs.ReadFile(fsys, string(importRule.FindSubmatch(rule)[1]))
		if err != nil {
			failed = err
		}
		return part
	})
	sheet = urlValue.ReplaceAllFunc(sheet, func(value []byte) []byte {
		name := string(urlValue.FindSubmatch(value)[1])
		asset, ok := a.find(name)
		if !ok {
			failed = fmt.Errorf("url(%q): no such file", name)
		}
		return []byte(`url("` + asset.Path() + `")`)
	})
	return sheet, failed
}

func shrink(ext string, body []byte) ([]byte, error) {
	m := minify.New()
	m.Add(".css", &css.Minifier{})
	m.Add(".js", &js.Minifier{})
	m.Add(".svg", &svg.Minifier{})
	small, err := m.Bytes(ext, body)
	if err == minify.ErrNotExist {
		return body, nil
	}
	return small, err
}

func compress(body []byte) []byte {
	var buffer bytes.Buffer
	// Neither call can fail: the level is right and a buffer takes everything.
	w, _ := gzip.NewWriterLevel(&buffer, gzip.BestCompression)
	_, _ = w.Write(body)
	_ = w.Close()
	if buffer.Len() > len(body)*9/10 {
		return nil
	}
	return buffer.Bytes()
}
