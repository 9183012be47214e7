package main

import (
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	growthbook "github.com/growthbook/growthbook-golang"

	"github.com/sarnakh/sarnakh/forms"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/internal/web"
)

const checkout = `kind: experiment
key: checkout
name: Checkout
surface: api
variants:
  - {key: long, weight: 60}
  - {key: short, weight: 40}
coverage: 0.9
goal: {event: Order Completed}
planned_visitors_per_arm: 1000
planned_conversion_rate: 0.1
state: running
`

// apply puts one document into the running program.
func (s *server) apply(t *testing.T, document string) {
	t.Helper()
	bundle, err := manifest.Load(fstest.MapFS{"it.yaml": {Data: []byte(document)}}, []string{"it.yaml"}, s.kinds())
	if err == nil {
		_, err = bundle.Apply(t.Context(), s.db, s.kinds())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestThePublishedSDKsOfGrowthBookSplitAsWeDo has the same visitors come to an app with the
// SDK for JavaScript, to a server with the one for Go, and to a script that asks by HTTP.
func TestThePublishedSDKsOfGrowthBookSplitAsWeDo(t *testing.T) {
	t.Parallel()
	const visitors = 200
	s := open(t, t.TempDir(), pagesHalf|workersHalf)
	s.apply(t, checkout)
	key := s.source(t).WriteKey

	var app struct {
		Shown  map[string]string
		Told   int
		Status int
	}
	out := testkit.Node(t, "../../abtest/testdata/node", "app.js", s.url, key, "checkout", fmt.Sprint(visitors))
	if err := json.Unmarshal([]byte(out), &app); err != nil || len(app.Shown) != visitors || app.Status != http.StatusOK {
		t.Fatalf("the app says %s (%v)", out, err)
	}
	client, err := growthbook.NewClient(t.Context(), growthbook.WithApiHost(s.url), growthbook.WithClientKey(key))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.RefreshFeatures(t.Context()); err != nil {
		t.Fatal(err)
	}
	taking := map[string]int{}
	for id, shown := range app.Shown {
		ours, err := s.abtest.Assign(t.Context(), "checkout", id, web.Visit{})
		if err != nil {
			t.Fatal(err)
		}
		if taking[ours]++; ours == "" {
			ours = "long" // the first version for whom the experiment does not cover
		}
		child, err := client.WithAttributes(growthbook.Attributes{"id": id})
		if err != nil {
			t.Fatal(err)
		}
		server := child.EvalFeature(t.Context(), "checkout").Value
		a := ask(t, "POST", s.url+"/v1/experiments/checkout/assign", fmt.Sprintf(`{"anonymousId":%q,"writeKey":%q,"expose":false}`, id, key), "Content-Type: application/json")
		var script struct{ Variant string }
		if err := json.Unmarshal([]byte(a.body), &script); err != nil {
			t.Fatalf("%d %s", a.StatusCode, a.body)
		}
		if got := fmt.Sprint(shown, server, script.Variant); got != fmt.Sprint(ours, ours, ours) {
			t.Errorf("%s: we say %s; app, server and script %s", id, ours, got)
		}
	}
	if len(taking) != 3 || app.Told != visitors-taking[""] {
		t.Errorf("%v of %d take part, the app has told of %d", taking, visitors, app.Told)
	}
	counted := func() map[string]int {
		r, err := s.abtest.Report(t.Context(), "checkout")
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]int{"": taking[""]}
		for _, a := range r.Arms {
			found[a.Key] = int(a.Visitors)
		}
		return found
	}
	soon(t, 20*time.Second, "what the app has told is counted", func() bool { return maps.Equal(counted(), taking) })

	// Asking by HTTP counts too, once.
	for range 2 {
		ask(t, "POST", s.url+"/v1/experiments/checkout/assign", fmt.Sprintf(`{"anonymousId":"visitor-0","writeKey":%q}`, key), "Content-Type: application/json")
	}
	if found := counted(); !maps.Equal(found, taking) {
		t.Errorf("a visitor known from the app is counted again: %v, before %v", found, taking)
	}
}

func TestOnlyWhoHasAKeyAsksForVariants(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), pagesHalf)
	s.apply(t, checkout)
	one := s.source(t)
	if _, err := s.tracking.Change(t.Context(), one.ID, "Shop", []string{"https://shop.example"}); err != nil {
		t.Fatal(err)
	}
	features := s.url + "/api/features/" + one.WriteKey
	assign := func(experiment, body string, headers ...string) answer {
		return ask(t, "POST", s.url+"/v1/experiments/"+experiment+"/assign", body, append(headers, "Content-Type: application/json")...)
	}
	with := func(rest string) string { return `{"writeKey":"` + one.WriteKey + `"` + rest + `}` }
	for what, c := range map[string]struct {
		answer
		status int
	}{
		"features for a page":        {ask(t, "GET", features, "", "Origin: https://shop.example"), 200},
		"features for another page":  {ask(t, "GET", features, "", "Origin: https://other.example"), 403},
		"features for no key":        {ask(t, "GET", s.url+"/api/features/wk_none_of_ours", ""), 401},
		"a variant":                  {assign("checkout", with(`,"anonymousId":"v1"`)), 200},
		"a variant on another page":  {assign("checkout", with(`,"anonymousId":"v1"`), "Origin: https://other.example"), 403},
		"a variant without a key":    {assign("checkout", `{"anonymousId":"v1"}`), 401},
		"a variant for nobody":       {assign("checkout", with("")), 422},
		"a variant for no text":      {assign("checkout", with(`,"anonymousId":"a\u0000b"`)), 422},
		"a variant of ours":          {assign("brewing-guide", with(`,"anonymousId":"v1"`)), 404},
		"a variant of nothing":       {assign("nothing", with(`,"anonymousId":"v1"`)), 404},
		"whether a page may ask":     {ask(t, "OPTIONS", s.url+"/v1/experiments/checkout/assign", "", "Origin: https://shop.example"), 204},
		"an id that is far too long": {assign("checkout", with(`,"anonymousId":"`+string(slices.Repeat([]byte("x"), 10<<10))+`"`)), 422},
	} {
		if c.StatusCode != c.status {
			t.Errorf("%s: %d %s, want %d", what, c.StatusCode, c.body, c.status)
		}
	}
	first := ask(t, "GET", features, "")
	if again := ask(t, "GET", features, "", "If-None-Match: "+first.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("what a page has already: %d", again.StatusCode)
	}
	s.apply(t, checkout[:len(checkout)-len("running\n")]+"stopped\n")
	if after := ask(t, "GET", features, ""); after.Header.Get("ETag") == first.Header.Get("ETag") {
		t.Errorf("a stopped experiment still splits: %s", after.body)
	}
}

func TestWhatTheTeamLooksAtIsNotCounted(t *testing.T) {
	t.Parallel()
	const person = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0"
	s := open(t, t.TempDir(), pagesHalf)
	if _, err := s.access.CreateUser(t.Context(), "mina@example.com", "a good long password"); err != nil {
		t.Fatal(err)
	}
	a := ask(t, "POST", s.url+"/signin", "email=mina%40example.com&password=a+good+long+password", "Content-Type: application/x-www-form-urlencoded")
	if a.StatusCode != http.StatusSeeOther || len(a.Cookies()) == 0 {
		t.Fatalf("signing in: %d", a.StatusCode)
	}
	session := "Cookie: " + a.Cookies()[0].Name + "=" + a.Cookies()[0].Value
	for _, c := range []struct {
		who      []string
		visitors int64
	}{
		{[]string{person, session}, 0},
		{[]string{"User-Agent: Googlebot/2.1"}, 0},
		{[]string{person, "Cookie: session=none_of_ours"}, 1},
		{[]string{person}, 2},
	} {
		if a := ask(t, "GET", s.url+"/p/guide", "", c.who...); a.StatusCode != http.StatusOK {
			t.Fatalf("the page: %d", a.StatusCode)
		}
		r, err := s.abtest.Report(t.Context(), "guide-promise")
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Visitors() + r.Crossed.Visitors; got != c.visitors {
			t.Errorf("after %q: %d visitors, want %d", c.who, got, c.visitors)
		}
	}
}

func TestASignedLinkShowsAVersionWithoutCounting(t *testing.T) {
	t.Parallel()
	const person = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0"
	h := newHouse(t)
	list := h.send("GET", "/forms", "", h.authority())
	links := regexp.MustCompile(`href="(/p/guide\?preview=(\w+)&amp;sig=[^"]+)"`).FindAllStringSubmatch(list.body, -1)
	if len(links) != 2 {
		t.Fatalf("%d previews on the page of forms", len(links))
	}
	seen := map[string]bool{}
	for _, link := range links {
		address := html.UnescapeString(link[1])
		a := h.send("GET", address, "", person)
		if !strings.Contains(a.body, "preview-bar") || !strings.Contains(a.body, link[2]) {
			t.Errorf("%s does not say what it is: %d", address, a.StatusCode)
		}
		seen[regexp.MustCompile(`<h1>[^<]+`).FindString(a.body)] = true
		// Nobody makes such a link themself.
		for _, other := range []string{strings.Replace(address, "preview="+link[2], "preview=other", 1), "/p/guide?preview=" + link[2], address + "x"} {
			if a := h.send("GET", other, "", "User-Agent: Googlebot/2.1"); a.StatusCode != 200 || strings.Contains(a.body, "preview-bar") {
				t.Errorf("%s is taken: %d", other, a.StatusCode)
			}
		}
	}
	r, err := h.abtest.Report(t.Context(), "guide-promise")
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 || r.Visitors() != 0 {
		t.Errorf("%d versions seen, %d visitors counted", len(seen), r.Visitors())
	}
}

func TestWhatIsSentFromAPreviewStaysInItsVersionAndCountsForNothing(t *testing.T) {
	t.Parallel()
	const person = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0"
	h := newHouse(t)
	visitor := func(name string) string { return "Cookie: " + forms.VisitorCookie + "=" + name }
	title := regexp.MustCompile(`<h1>[^<]+`)
	action := regexp.MustCompile(`action="(/p/guide[^"#]*)`)
	list := h.send("GET", "/forms", "", h.authority())
	for i, link := range regexp.MustCompile(`href="(/p/guide\?preview=\w+&amp;sig=[^"]+)"`).FindAllStringSubmatch(list.body, -1) {
		tester := visitor(fmt.Sprintf("tester-%04d", i))
		h.send("GET", "/p/guide", "", person, tester) // takes part
		page := h.send("GET", html.UnescapeString(link[1]), "", person, tester)
		to := action.FindStringSubmatch(page.body)
		if to == nil {
			t.Fatalf("no form in %s", page.body)
		}
		wrong := h.send("POST", html.UnescapeString(to[1]), "first_name=Mina", person, tester, formEncoded)
		if wrong.StatusCode != http.StatusUnprocessableEntity || title.FindString(wrong.body) != title.FindString(page.body) || !strings.Contains(wrong.body, "preview-bar") {
			t.Errorf("a wrong answer: %d, %q, want %q", wrong.StatusCode, title.FindString(wrong.body), title.FindString(page.body))
		}
		if a := h.send("POST", html.UnescapeString(to[1]), guide(fmt.Sprintf("tester%d@example.com", i)).Encode(), person, tester, formEncoded); a.StatusCode != http.StatusSeeOther {
			t.Errorf("a good answer: %d %s", a.StatusCode, a.body)
		}
	}
	h.send("GET", "/p/guide", "", person, visitor("somebody-1"))
	h.send("POST", "/p/guide", guide("somebody@example.com").Encode(), person, visitor("somebody-1"), formEncoded)
	var visitors, conversions int64
	soon(t, 20*time.Second, "the visitor's answer counts", func() bool {
		r, err := h.abtest.Report(t.Context(), "guide-promise")
		if err != nil {
			t.Fatal(err)
		}
		visitors, conversions = r.Visitors(), 0
		for _, a := range r.Arms {
			conversions += a.Conversions
		}
		return conversions > 0 && visitors == 3
	})
	if conversions != 1 {
		t.Errorf("%d of %d visitors converted, want the one who came without a signed link", conversions, visitors)
	}
}
