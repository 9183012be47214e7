package simulate

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// message is an e-mail as the mailbox shows it to a script.
type message struct {
	ID          int64    `json:"id"`
	To          string   `json:"to"`
	Subject     string   `json:"subject"`
	Links       []link   `json:"links"`
	Images      []string `json:"images"`
	Unsubscribe string   `json:"unsubscribe"`
}

type link struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

// mostMessages is how many messages the mailbox gives at a time.
const mostMessages = 500

// readMail looks for new mail and lets everybody decide what they will do about
// theirs. Mail to somebody who is not one of us is left alone.
func (s *simulation) readMail(ctx context.Context) error {
	for {
		address := fmt.Sprintf("%s/dev/mailbox.json?after=%d&limit=%d", s.world.BaseURL, s.read, mostMessages)
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return err
		}
		a, err := s.keyed(r)
		if err != nil {
			return fmt.Errorf("mailbox: %w", err)
		}
		if a.status != http.StatusOK {
			return fmt.Errorf("mailbox: %s: status %d: %.200s", address, a.status, a.body)
		}
		var fresh []*message
		if err := json.Unmarshal(a.body, &fresh); err != nil {
			return fmt.Errorf("mailbox: %s: %w", address, err)
		}
		for _, m := range fresh {
			s.read = max(s.read, m.ID)
			if p := s.byEmail[strings.ToLower(m.To)]; p != nil {
				s.receive(p, m)
			}
		}
		if len(fresh) < mostMessages {
			return nil
		}
	}
}

// keyed sends a request of the business itself.
func (s *simulation) keyed(r *http.Request) (*answer, error) {
	r.Header.Set("Authorization", "Bearer "+s.world.Key)
	a, _, err := send(s.client, r)
	return a, err
}

// receive is somebody seeing a new message in their list. By their temper and its subject
// they open it, at some time, or never.
func (s *simulation) receive(p *person, m *message) {
	if p.left || p.rng.Float64() >= p.temper.opens*m.pull() {
		return
	}
	at := awake(p.rng, s.world.Clock.Now().Add(about(p.rng, time.Duration(p.temper.hours*float64(time.Hour)))))
	s.agenda.add(at, p, func(ctx context.Context, p *person) error { return s.open(ctx, p, m) })
}

// pull is how many more people open a message than one with an average subject: as with a
// page, a number in it is believed.
func (m *message) pull() float64 {
	if strings.ContainsFunc(m.Subject, unicode.IsDigit) {
		return 1.35
	}
	return 1
}

// open shows a message: its pictures are loaded, and perhaps a link is followed or
// the whole thing stopped.
func (s *simulation) open(ctx context.Context, p *person, m *message) error {
	for _, image := range m.Images {
		if !s.ours(image) {
			continue
		}
		a, err := p.browser.picture(ctx, s.client, image)
		if err := p.expect(a, err, http.StatusOK); err != nil {
			return err
		}
	}
	mood := p.rng.Float64()
	follows, leaves := mood < p.temper.follows, mood > 1-p.temper.leaves
	reading := s.world.Clock.Now().Add(between(p.rng, 15*time.Second, 3*time.Minute))
	switch {
	case follows:
		if to, ok := s.linkOf(p, m); ok {
			s.agenda.add(reading, p, func(ctx context.Context, p *person) error { return s.follow(ctx, p, to) })
		}
	case leaves && m.Unsubscribe != "":
		s.agenda.add(reading, p, func(ctx context.Context, p *person) error { return s.unsubscribe(ctx, p, m.Unsubscribe) })
	}
	return nil
}

// linkOf chooses the link to follow: mostly the first, the button's, and never the
// one that ends the subscription.
func (s *simulation) linkOf(p *person, m *message) (string, bool) {
	var links []string
	for _, l := range m.Links {
		if s.ours(l.Href) && l.Href != m.Unsubscribe {
			links = append(links, l.Href)
		}
	}
	if len(links) == 0 {
		return "", false
	}
	if p.rng.Float64() < .8 {
		return links[0], true
	}
	return links[p.rng.IntN(len(links))], true
}

// ours says whether an address is the program's: people do not leave its house here.
func (s *simulation) ours(address string) bool {
	return strings.HasPrefix(address, s.world.BaseURL+"/")
}

// follow clicks a link. Where it leads to another site, the way ends there.
func (s *simulation) follow(ctx context.Context, p *person, address string) error {
	a, err := p.browser.get(ctx, s.client, address, "")
	if err := p.expect(a, err, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect); err != nil {
		return err
	}
	if a.goesTo == nil {
		return p.complain(a, "the link leads nowhere")
	}
	if !s.ours(a.goesTo.String()) {
		return nil
	}
	to := a.goesTo.String()
	a, err = p.browser.get(ctx, s.client, to, "")
	if err := p.expect(a, err, http.StatusOK, http.StatusGone); err != nil {
		return err
	}
	if code, ok := strings.CutPrefix(a.at.Path, "/o/"); ok && a.status == http.StatusOK {
		s.consider(p, code)
	}
	return nil
}

// unsubscribe presses the button that a mail program shows beside the sender (RFC
// 8058).
func (s *simulation) unsubscribe(ctx context.Context, p *person, address string) error {
	if !s.ours(address) {
		return nil
	}
	a, err := p.browser.post(ctx, s.client, address, url.Values{"List-Unsubscribe": {"One-Click"}}, "")
	if err := p.expect(a, err, http.StatusOK, http.StatusAccepted, http.StatusNoContent, http.StatusSeeOther); err != nil {
		return err
	}
	p.left = true
	return nil
}
