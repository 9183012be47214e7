package simulate

import (
	"math/rand/v2"
	"net/url"
)

// source is what brings somebody to the page.
type source struct {
	share   float64  // of all visitors
	pull    float64  // how ready its people are to ask, beside the average
	phones  float64  // share of them
	medium  string   // with campaign, contents and terms: what stands in the address
	name    string   // utm_source; empty for those who type the address
	refers  string   // the page they come from
	content []string // utm_content
	term    []string // utm_term
}

var sources = []*source{
	{share: .38, pull: .85, phones: .97, name: "instagram", medium: "social", refers: "https://l.instagram.com/", content: []string{"story", "reel", "bio"}},
	{share: .24, pull: 1.05, phones: .55, name: "google", medium: "cpc", refers: "https://www.google.com/", term: []string{"روش دم کردن قهوه", "قهوه موکاپات", "french press ratio", "how to brew coffee"}},
	{share: .18, pull: 1.05, phones: .85, name: "telegram", medium: "channel", refers: "https://t.me/", content: []string{"channel", "friends"}},
	{share: .08, pull: 1.6, phones: .5, name: "newsletter", medium: "email", content: []string{"issue-12", "issue-13"}},
	{share: .12, pull: 1, phones: .5},
}

func drawSource(rng *rand.Rand) *source {
	shares := make([]float64, len(sources))
	for i, s := range sources {
		shares[i] = s.share
	}
	return sources[weighted(rng, shares)]
}

// query is what the advertisement adds to the page's address.
func (s *source) query(rng *rand.Rand) url.Values {
	q := url.Values{}
	if s.name == "" {
		return q
	}
	q.Set("utm_source", s.name)
	q.Set("utm_medium", s.medium)
	q.Set("utm_campaign", "brewing-guide")
	if len(s.content) > 0 {
		q.Set("utm_content", s.content[rng.IntN(len(s.content))])
	}
	if len(s.term) > 0 {
		q.Set("utm_term", s.term[rng.IntN(len(s.term))])
	}
	return q
}

var phones = []string{
	"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0.7390.41 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (Android 14; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0",
}

var desks = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
	"Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
}
