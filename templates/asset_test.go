package templates

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
	"testing/fstest"
)

func TestAssetsAreSmallHashedAndCompressed(t *testing.T) {
	a, err := newAssets(folder("static"))
	if err != nil {
		t.Fatal(err)
	}
	plain, ok := a.find("app.css")
	hashed, same := a.find(strings.TrimPrefix(plain.Path(), "/static/"))
	if !ok || !same || plain.Hash != hashed.Hash || !strings.HasPrefix(plain.Path(), "/static/app.") {
		t.Fatalf("path %s", plain.Path())
	}
	if bytes.Contains(plain.Body, []byte("@import")) || bytes.Contains(plain.Body, []byte("/*")) {
		t.Error("app.css still has imports or comments")
	}
	font, _ := a.find("vazirmatn.woff2")
	if !bytes.Contains(plain.Body, []byte(font.Path())) {
		t.Error("app.css does not name the font by its hashed path")
	}
	r, err := gzip.NewReader(bytes.NewReader(plain.Gzip))
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(r); err != nil || !bytes.Equal(body, plain.Body) {
		t.Errorf("the compressed sheet is another one: %v", err)
	}
	if public, _ := a.find("public.css"); len(public.Gzip) > 5_000 {
		t.Errorf("visitors load %d bytes of style", len(public.Gzip))
	}
}

func TestSheetNamingAMissingFileIsRefused(t *testing.T) {
	for _, sheet := range []string{"@import \"gone.css\";\n", `a { src: url("gone.woff2") }`} {
		if _, err := newAssets(fstest.MapFS{"a.css": {Data: []byte(sheet)}}); err == nil || !strings.Contains(err.Error(), "gone") {
			t.Errorf("%s: %v", sheet, err)
		}
	}
}
