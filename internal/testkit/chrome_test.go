package testkit_test

import (
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

const page = `<!doctype html>
<html lang="fa" dir="rtl"><head><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><title>سرنخ</title>
<style>h1, body { margin: 0 } body { height: 3000px } @media (prefers-color-scheme: dark) { body { background: #111 } }</style></head>
<body><h1>به سرنخ خوش آمدید</h1><p id="heard"></p>
<form method="post" action="/thanks">
<input name="name" value="old"> <textarea name="note">old</textarea> <input type="date" name="day">
<select name="city"><option value="thr">تهران</option><option value="ifn">اصفهان</option></select>
<button>ارسال</button></form>
<script>
document.querySelector('select').addEventListener('change', e => document.querySelector('#heard').textContent = e.target.value)
</script></body></html>`

// site is a small website with a form, and with things that go wrong.
func site(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	html := func(path string, status int, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(status)
			w.Write([]byte(body))
		})
	}
	html("GET /{$}", 200, page)
	html("GET /broken", 200, `<!doctype html><link rel="icon" href="data:,"><img src="/missing.png">
		<script>console.log("all is well"); console.error("wrong", {a: 1}); fetch("http://127.0.0.1:1/").finally(() => document.body.append(document.createElement("i"))); nobody()</script>`)
	mux.HandleFunc("POST /thanks", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusUnprocessableEntity)
		w.Write([]byte(`<!doctype html><link rel="icon" href="data:,"><p>` + strings.Join([]string{
			r.FormValue("name"), r.FormValue("note"), r.FormValue("day"), r.FormValue("city"), r.Header.Get("Accept-Language"),
		}, "|")))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func TestBrowserReadsAPage(t *testing.T) {
	c := testkit.Browser(t)
	if status := c.Open(site(t) + "/"); status != 200 {
		t.Errorf("status %d", status)
	}
	if c.Text("h1") != "به سرنخ خوش آمدید" || c.Title() != "سرنخ" || c.Attr("html", "dir") != "rtl" {
		t.Errorf("heading %q, title %q, dir %q", c.Text("h1"), c.Title(), c.Attr("html", "dir"))
	}
	if c.Count("input") != 2 || c.Count("video") != 0 {
		t.Errorf("%d inputs, %d videos", c.Count("input"), c.Count("video"))
	}
	if p := c.Problems(); len(p) > 0 {
		t.Errorf("problems on a sound page: %q", p)
	}
}

func TestBrowserFillsAndSendsAForm(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		c := testkit.Browser(t)
		c.Scripts(scripts)
		c.Language("fa")
		c.Open(site(t) + "/")
		c.Fill("[name=name]", "مینا")
		c.Fill("[name=note]", "")
		c.Fill("[name=day]", "2026-11-21")
		c.Fill("select", "ifn")
		want := map[bool]string{true: "ifn", false: ""}[scripts]
		if heard := testkit.Eval[string](c, "document.querySelector('#heard').textContent"); heard != want {
			t.Errorf("scripts %v: the page heard %q of the choice, want %q", scripts, heard, want)
		}
		if status := c.Follow("button"); status != 422 {
			t.Errorf("scripts %v: status %d", scripts, status)
		}
		if got := c.Text("p"); got != "مینا||2026-11-21|ifn|fa" {
			t.Errorf("scripts %v: the server got %q", scripts, got)
		}
		if !strings.HasSuffix(c.URL(), "/thanks") {
			t.Errorf("now at %s", c.URL())
		}
	}
}

func TestBrowserCollectsProblems(t *testing.T) {
	c := testkit.Browser(t)
	address := site(t)
	c.Open(address + "/broken")
	c.Wait("i") // the page is there before what it asks for has failed
	got := c.Problems()
	for _, want := range []string{
		"console: wrong Object",
		"exception: ReferenceError: nobody is not defined",
		"request: 404 " + address + "/missing.png",
		"request: net::ERR_",
	} {
		if !slices.ContainsFunc(got, func(p string) bool { return strings.HasPrefix(p, want) }) {
			t.Errorf("%q is not among %q", want, got)
		}
	}
	if len(got) > 5 {
		t.Errorf("problems are told twice: %q", got)
	}
}

func TestTabsShareNothing(t *testing.T) {
	address := site(t)
	one, other := testkit.Browser(t), testkit.Browser(t)
	one.Open(address + "/")
	other.Open(address + "/")
	testkit.Eval[any](one, "document.cookie = 'visitor=mina'; localStorage.visitor = 'mina'")
	if got := testkit.Eval[string](other, "document.cookie + (localStorage.visitor || '')"); got != "" {
		t.Errorf("the other tab sees %q", got)
	}
}

func TestBrowserHasTheSizeAndColoursAskedFor(t *testing.T) {
	c := testkit.Browser(t)
	c.Viewport(390, 844, true)
	c.ColorScheme("dark")
	c.Open(site(t) + "/")
	if width := testkit.Eval[int](c, "innerWidth"); width != 390 {
		t.Errorf("width %d", width)
	}
	if dark := testkit.Eval[bool](c, "matchMedia('(prefers-color-scheme: dark)').matches"); !dark {
		t.Error("not dark")
	}
	folder := t.TempDir()
	for name, want := range map[string]int{"seen/window.png": 844, "seen/page.png": 3000} {
		path := filepath.Join(folder, name)
		c.Screenshot(path, want == 3000)
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.DecodeConfig(file)
		file.Close()
		if err != nil || picture.Width != 390 || picture.Height != want {
			t.Errorf("%s is %d by %d (%v), want 390 by %d", name, picture.Width, picture.Height, err, want)
		}
	}
}
