package tracking

import (
	"net/http"
	"testing"

	"github.com/sarnakh/sarnakh/templates"
)

// snippetLimit is what t.js may weigh, packed, in bytes: the page says so.
const snippetLimit = 3000

func TestTheSnippetIsLight(t *testing.T) {
	set, err := templates.New()
	if err != nil {
		t.Fatal(err)
	}
	script, ok := set.Asset("t.js")
	if !ok || len(script.Gzip) == 0 || len(script.Gzip) >= snippetLimit {
		t.Errorf("t.js weighs %d bytes packed, the limit is %d", len(script.Gzip), snippetLimit)
	}
	t.Logf("t.js: %d bytes packed, %d unpacked", len(script.Gzip), len(script.Body))
}

func TestTheSnippetMayBeLoadedByAnySite(t *testing.T) {
	r := lite(t).ask("GET", "/t.js", nil, "Origin", "https://shop.example")
	if r.status != http.StatusOK || r.header.Get("Access-Control-Allow-Origin") != "*" || r.header.Get("Set-Cookie") != "" {
		t.Errorf("%d %v", r.status, r.header)
	}
}
