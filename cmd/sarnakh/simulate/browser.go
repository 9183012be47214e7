package simulate

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// browser is one person's: it has its own cookies and says what it is.
type browser struct {
	agent     string
	languages string
	cookies   map[string]string
}

func newBrowser(rng *rand.Rand, s *source, lang i18n.Lang) *browser {
	b := &browser{languages: "en-GB,en;q=0.9", cookies: map[string]string{}}
	if lang == i18n.Persian {
		b.languages = "fa-IR,fa;q=0.9,en-US;q=0.8,en;q=0.7"
	}
	agents := desks
	if rng.Float64() < s.phones {
		agents = phones
	}
	b.agent = agents[rng.IntN(len(agents))]
	return b
}

// twin is the same browser for a second request at the same time.
func (b *browser) twin() *browser {
	twin := *b
	twin.cookies = maps.Clone(b.cookies)
	return &twin
}

// answer is what came back, read to the end.
type answer struct {
	status int
	at     *url.URL // that was asked for
	goesTo *url.URL // of a redirect; nil otherwise
	body   []byte
}

// get asks for a page, as after a click on a link of referrer.
func (b *browser) get(ctx context.Context, c *http.Client, address, referrer string) (*answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	if referrer != "" {
		r.Header.Set("Referer", referrer)
	}
	return b.send(c, r)
}

// picture loads a picture, as a mail program does.
func (b *browser) picture(ctx context.Context, c *http.Client, address string) (*answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "image/avif,image/webp,image/*,*/*;q=0.8")
	return b.send(c, r)
}

// post sends a form of the page at referrer.
func (b *browser) post(ctx context.Context, c *http.Client, address string, values url.Values, referrer string) (*answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(values.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Referer", referrer)
	if from, err := url.Parse(referrer); err == nil {
		r.Header.Set("Origin", from.Scheme+"://"+from.Host)
	}
	return b.send(c, r)
}

func (b *browser) send(c *http.Client, r *http.Request) (*answer, error) {
	r.Header.Set("User-Agent", b.agent)
	r.Header.Set("Accept-Language", b.languages)
	for _, name := range slices.Sorted(maps.Keys(b.cookies)) {
		r.AddCookie(&http.Cookie{Name: name, Value: b.cookies[name]})
	}
	a, cookies, err := send(c, r)
	if err != nil {
		return nil, err
	}
	for _, c := range cookies {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c.Value
	}
	return a, nil
}

// maxAnswer is more than any page or list of messages has.
const maxAnswer = 64 << 20

func send(c *http.Client, r *http.Request) (*answer, []*http.Cookie, error) {
	res, err := c.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	a := &answer{status: res.StatusCode, at: r.URL}
	if a.body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer)); err != nil {
		return nil, nil, fmt.Errorf("%s %s: %w", r.Method, r.URL, err)
	}
	if where := res.Header.Get("Location"); where != "" {
		if a.goesTo, err = r.URL.Parse(where); err != nil {
			return nil, nil, fmt.Errorf("%s %s: leads to %q: %w", r.Method, r.URL, where, err)
		}
	}
	return a, res.Cookies(), nil
}
