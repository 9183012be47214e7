package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/access"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/testkit/programs"
	"github.com/sarnakh/sarnakh/leads"
)

// embedLimit is what embed.js and one form may weigh on the wire, headers included.
const embedLimit = 5000

// wired is the program behind a wire that counts, with the sample applied.
type wired struct {
	*server
	wire   *relay
	url    string // by way of the wire
	direct string // where the program itself listens
	key    string
}

// newWired starts these halves of the program so that visitors reach it by the wire only.
func newWired(t *testing.T, which half) *wired {
	t.Helper()
	port, err := programs.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	w := &wired{direct: fmt.Sprintf("127.0.0.1:%d", port)}
	w.wire = newRelay(t, w.direct)
	w.url = "http://" + w.wire.addr
	w.server = open(t, t.TempDir(), which, func(c *Config) { c.Addr, c.PublicURL = w.direct, w.url })
	if _, w.key, err = w.access.CreateKey(t.Context(), "test", "test", access.Everything); err != nil {
		t.Fatal(err)
	}
	return w
}

// lead returns the one lead with the e-mail, and fails when there is none.
func (w *wired) lead(t *testing.T, email string) *leads.Lead {
	t.Helper()
	var found struct {
		Data []*leads.Lead `json:"data"`
	}
	a := ask(t, "GET", "http://"+w.direct+"/api/v1/leads?q="+email, "", "Authorization: Bearer "+w.key)
	if err := json.Unmarshal([]byte(a.body), &found); err != nil || len(found.Data) != 1 {
		t.Fatalf("the lead %s: %d %s", email, a.StatusCode, a.body)
	}
	return found.Data[0]
}

// otherSite serves a page as somebody else's web site. The program is at 127.0.0.1 and
// the page at localhost: to a browser, two sites.
func otherSite(t *testing.T, body string) string {
	t.Helper()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/favicon.ico" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!doctype html><html lang=en><title>Somebody's shop</title><h1 id=own>Somebody's shop</h1>%s<p id=end>The end", body)
	}))
	t.Cleanup(site.Close)
	return strings.Replace(site.URL, "127.0.0.1", "localhost", 1)
}

// inForm is a JavaScript expression with form as the form embedded in the element.
func inForm(id, expression string) string {
	return fmt.Sprintf(`((root, form) => %s)(document.getElementById(%q).shadowRoot, document.getElementById(%[2]q).shadowRoot.querySelector("form"))`, expression, id)
}

// within waits until a JavaScript expression about the embedded form is true.
func within(t *testing.T, c *testkit.Chrome, id, claim string) {
	t.Helper()
	soon(t, 10*time.Second, id+": "+claim, func() bool {
		return testkit.Eval[bool](c, fmt.Sprintf(`!!document.getElementById(%q)?.shadowRoot?.querySelector("style")`, id)) &&
			testkit.Eval[bool](c, inForm(id, "!!("+claim+")"))
	})
}

func TestAFormLivesInThePageOfSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newWired(t, pagesHalf)
	c := testkit.Browser(t)
	site := otherSite(t, `<div id=fa lang=fa data-sarnakh-form=brewing-guide></div><div id=en data-sarnakh-form=brewing-guide></div>
		<style>input{display:none!important}</style><script src="`+w.url+`/embed.js" async></script>`)
	c.Open(site + "/spring?utm_source=instagram&utm_medium=social&utm_campaign=nowruz&fbclid=abc")
	for _, form := range []struct{ id, dir, button, name, wrong, thanks string }{
		{"fa", "rtl", "راهنما را برایم بفرست", "ریحانه", "لطفاً یک عدد بنویسید.", "راهنما در راه است!"},
		{"en", "ltr", "Send me the guide", "Sara", "Please write a number.", "Your guide is on its way!"},
	} {
		t.Run(form.id, func(t *testing.T) {
			within(t, c, form.id, fmt.Sprintf("form.dir == %q && form.querySelector('button').innerText == %q", form.dir, form.button))
			if !testkit.Eval[bool](c, inForm(form.id, "form.elements.email.offsetWidth > 100")) {
				t.Error("the page's style reaches into the form")
			}
			email := form.id + ".embedded@example.com"
			fill := fmt.Sprintf("form.elements.first_name.value = %q, form.elements.email.value = %q, form.elements.brew.value = 'moka', form.elements._consent.checked = true", form.name, email)
			testkit.Eval[bool](c, inForm(form.id, "("+fill+", form.elements.cups.value = 'lots', form.querySelector('button').click(), true)"))
			within(t, c, form.id, fmt.Sprintf("form.elements.cups.closest('.field').querySelector('.error')?.innerText == %q", form.wrong))
			if !testkit.Eval[bool](c, inForm(form.id, fmt.Sprintf("form.elements.email.value == %q && form.elements.cups.ariaInvalid == 'true' && root.activeElement == form.elements.cups && root.querySelectorAll('.error').length == 1", email))) {
				t.Error("after a bad answer the form is not as it was, with the field in question in focus")
			}
			w.wire.forget()
			testkit.Eval[bool](c, inForm(form.id, "(form.elements.cups.value = '۳', form.querySelector('button').click(), form.querySelector('button').click(), form.requestSubmit(), true)"))
			within(t, c, form.id, fmt.Sprintf("!form && root.querySelector('[role=status]').innerText.startsWith(%q)", form.thanks))
			if up, _ := w.wire.passed(); strings.Count(up, "POST /f/brewing-guide?") != 1 {
				t.Errorf("a double click was sent %d times", strings.Count(up, "POST "))
			}
			lead := w.lead(t, email)
			first := lead.FirstTouch
			if first.Source != "instagram" || first.Medium != "social" || first.Campaign != "nowruz" || first.Page != site+"/spring" {
				t.Errorf("the lead came by %+v", first)
			}
			if lead.Language != form.id || lead.FirstName != form.name || lead.Attributes["cups"] != 3.0 {
				t.Errorf("stored: %+v", lead)
			}
		})
	}
	var stored int
	if err := w.db.SQL().QueryRow("SELECT count(*) FROM submissions").Scan(&stored); err != nil || stored != 2 {
		t.Errorf("%d submissions, want 2 (%v)", stored, err)
	}
	if cookies := testkit.Eval[string](c, "document.cookie"); cookies != "" {
		t.Errorf("cookies on the other site: %s", cookies)
	}
	for _, problem := range c.Problems() {
		if !strings.HasPrefix(problem, "request: 422 "+w.url+"/f/brewing-guide") { // the bad answers
			t.Errorf("in the console: %s", problem)
		}
	}
}

func TestAnEmbeddedFormIsLightAndSetsNoCookie(t *testing.T) {
	t.Parallel()
	w := newWired(t, pagesHalf)
	c := testkit.Browser(t)
	c.Language("en")
	c.Agent("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36") // one that is counted
	c.Open(otherSite(t, `<div id=form data-sarnakh-form=brewing-guide></div><script src="`+w.url+`/embed.js" async></script>`))
	within(t, c, "form", "form.elements.email")
	up, down := w.wire.passed()
	if !strings.Contains(down, "Sarnakh-Counted: ") || strings.Contains(up, "visitor") {
		t.Error("who sees the form is not counted, or with a number")
	}
	if n := strings.Count(up, "\r\n\r\n"); n != 2 {
		t.Errorf("%d requests for embed.js and one form, want 2", n)
	}
	t.Logf("embed.js and one form: %d bytes from the server in all, headers included (limit %d)", len(down), embedLimit)
	if len(down) == 0 || len(down) >= embedLimit {
		t.Errorf("embed.js and one form weigh %d bytes on the wire, the limit is %d", len(down), embedLimit)
	}
	testkit.Eval[bool](c, inForm("form", "(form.elements.first_name.value = 'Sara', form.elements.email.value = 'light@example.com', form.elements.brew.value = 'moka', form.elements.cups.value = '2', form.requestSubmit(), true)"))
	within(t, c, "form", "root.querySelector('[role=status]')")
	up, down = w.wire.passed()
	if strings.Contains(strings.ToLower(down), "set-cookie") || strings.Contains(strings.ToLower(up), "\r\ncookie:") {
		t.Error("a cookie went over the wire")
	}
	if problems := c.Problems(); len(problems) > 0 {
		t.Errorf("in the console: %q", problems)
	}
}

func TestAnUnknownFormLeavesThePageWhole(t *testing.T) {
	t.Parallel()
	w := newWired(t, pagesHalf)
	c := testkit.Browser(t)
	c.Open(otherSite(t, `<div id=lost data-sarnakh-form=no-such-form><p id=instead>Write to us.</p></div><div id=found data-sarnakh-form=brewing-guide></div>
		<script src="`+w.url+`/embed.js" async></script>`))
	within(t, c, "found", "form.elements.email")
	soon(t, 5*time.Second, "the unknown form was asked for", func() bool {
		up, _ := w.wire.passed()
		return strings.Contains(up, "/f/no-such-form/embed")
	})
	for _, selector := range []string{"#own", "#end", "#instead"} {
		if c.Text(selector) == "" {
			t.Errorf("%s is gone from the page", selector)
		}
	}
	for _, problem := range c.Problems() {
		if !strings.HasPrefix(problem, "request: 404 "+w.url+"/f/no-such-form/embed") {
			t.Errorf("in the console: %s", problem)
		}
	}
}

func TestTheSameFormWorksWithoutJavaScript(t *testing.T) {
	t.Parallel()
	w := newWired(t, pagesHalf)
	for _, form := range []struct{ lang, dir, name, wrong, thanks string }{
		{"fa", "rtl", "ریحانه", "لطفاً یک عدد بنویسید.", "راهنما در راه است!"},
		{"en", "ltr", "Sara", "Please write a number.", "Your guide is on its way!"},
	} {
		t.Run(form.lang, func(t *testing.T) {
			c := testkit.Browser(t)
			c.Language("de")
			c.Scripts(false)
			if status := c.Open(w.url + "/f/brewing-guide?utm_source=poster&lang=" + form.lang); status != 200 {
				t.Fatalf("the form: %d", status)
			}
			email := form.lang + ".plain@example.com"
			c.Fill("#f-first_name", form.name)
			c.Fill("#f-email", email)
			c.Fill("#f-brew", "jezve")
			c.Fill("#f-cups", "lots")
			c.Click("input[name=_consent]")
			if status := c.Follow("main form button"); status != 422 {
				t.Errorf("a bad answer: status %d, want 422", status)
			}
			if said := c.Text("#e-cups"); said != form.wrong || c.Attr("#f-cups", "aria-describedby") != "e-cups" {
				t.Errorf("beside the field: %q, want %q", said, form.wrong)
			}
			if c.Count(".error") != 1 || c.Attr("main form", "dir") != form.dir {
				t.Errorf("%d messages on a page in %s", c.Count(".error"), c.Attr("main form", "dir"))
			}
			for selector, value := range map[string]string{"#f-first_name": form.name, "#f-email": email, "#f-brew": "jezve", "#f-cups": "lots"} {
				if c.Value(selector) != value {
					t.Errorf("%s holds %q, not what was typed", selector, c.Value(selector))
				}
			}
			c.Fill("#f-cups", "۳")
			w.wire.forget()
			if status := c.Follow("main form button"); status != 200 {
				t.Errorf("the thanks: status %d", status)
			}
			if _, down := w.wire.passed(); !strings.Contains(down, "HTTP/1.1 303 See Other") {
				t.Error("a good answer is not followed by 303")
			}
			if where := c.URL(); !strings.HasPrefix(where, w.url+"/f/brewing-guide/thanks") || c.Text("h1") != form.thanks {
				t.Errorf("thanks at %s: %q", where, c.Text("h1"))
			}
			lead := w.lead(t, email)
			if lead.FirstTouch.Source != "poster" || lead.FirstTouch.Page != "/f/brewing-guide" || lead.Language != form.lang || lead.Attributes["cups"] != 3.0 {
				t.Errorf("stored: %+v", lead)
			}
		})
	}
}
