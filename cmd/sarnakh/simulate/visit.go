package simulate

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// visit is somebody looking at the landing page. They ask for what it offers, if it
// convinces them, or leave; some think it over and come back another day.
func (s *simulation) visit(ctx context.Context, p *person) error {
	p.visits++
	shown, err := s.look(ctx, p)
	if err != nil {
		return err
	}
	asks := p.will < shown.pull()*p.source.pull
	if p.visits == 1 && (asks && p.hesitates || !asks && p.comesBack) {
		// Whoever would come after everything is over makes up their mind now.
		later := awake(p.rng, s.world.Clock.Now().Add(between(p.rng, 20*time.Hour, 80*time.Hour)))
		if later.Before(s.over) {
			s.agenda.add(later, p, s.visit)
			return nil
		}
	}
	if !asks {
		return nil
	}
	reading := between(p.rng, 30*time.Second, 4*time.Minute)
	s.agenda.add(s.world.Clock.Now().Add(reading), p, func(ctx context.Context, p *person) error { return s.ask(ctx, p, shown) })
	return nil
}

// look opens the landing page. Whoever has been here must be shown what they were
// shown before.
func (s *simulation) look(ctx context.Context, p *person) (*page, error) {
	address := s.world.BaseURL + "/p/" + url.PathEscape(s.world.Page)
	if q := p.query.Encode(); q != "" {
		address += "?" + q
	}
	a, err := p.browser.get(ctx, s.client, address, p.source.refers)
	if err := p.expect(a, err, http.StatusOK); err != nil {
		return nil, err
	}
	shown, err := readPage(a)
	if err != nil {
		return nil, p.complain(a, err.Error())
	}
	switch {
	case shown.form == nil:
		return nil, p.complain(a, "the page has no form that asks for an e-mail address")
	case shown.headline == "":
		return nil, p.complain(a, "the page has no headline")
	case p.headline != "" && p.headline != shown.headline:
		return nil, p.complain(a, fmt.Sprintf("was shown %q before and is shown %q now", p.headline, shown.headline))
	}
	p.headline = shown.headline
	return shown, nil
}

// ask fills the form of a page in and sends it, after a mistake perhaps.
func (s *simulation) ask(ctx context.Context, p *person, shown *page) error {
	values, err := p.fill(shown.form)
	if err != nil {
		return fmt.Errorf("visitor %d: %s: %w", p.number, shown.at, err)
	}
	if p.slips {
		p.slips = false
		return s.slip(ctx, p, shown, values)
	}
	answers := s.click(ctx, p, shown, values)
	for _, c := range answers {
		if err := p.expect(c.answer, c.err, http.StatusSeeOther); err != nil {
			return err
		}
	}
	if p.asksAgain {
		p.asksAgain = false
		if later := awake(p.rng, s.world.Clock.Now().Add(between(p.rng, 26*time.Hour, 140*time.Hour))); later.Before(s.over) {
			s.agenda.add(later, p, s.visitAgain)
		}
	}
	thanks := answers[0].answer
	if thanks.goesTo == nil {
		return p.complain(thanks, "the answer leads nowhere")
	}
	a, err := p.browser.get(ctx, s.client, thanks.goesTo.String(), shown.at.String())
	return p.expect(a, err, http.StatusOK)
}

// slip sends the form with a mistake in it, reads what the page says and sends it
// once more.
func (s *simulation) slip(ctx context.Context, p *person, shown *page, right url.Values) error {
	a, err := p.browser.post(ctx, s.client, shown.form.action, p.mistake(shown.form, right), shown.at.String())
	if err := p.expect(a, err, http.StatusUnprocessableEntity); err != nil {
		return err
	}
	again, err := readPage(a)
	if err != nil {
		return p.complain(a, err.Error())
	}
	if again.form == nil || again.problems == 0 {
		return p.complain(a, "the page does not show the form again with what is wrong in it")
	}
	again.at = shown.at
	correcting := between(p.rng, 10*time.Second, time.Minute)
	s.agenda.add(s.world.Clock.Now().Add(correcting), p, func(ctx context.Context, p *person) error { return s.ask(ctx, p, again) })
	return nil
}

// visitAgain is somebody who asks once more, having forgotten.
func (s *simulation) visitAgain(ctx context.Context, p *person) error {
	shown, err := s.look(ctx, p)
	if err != nil {
		return err
	}
	return s.ask(ctx, p, shown)
}

// clicked is what came of one click on the button.
type clicked struct {
	answer *answer
	err    error
}

// click sends the form, once for each click of an impatient finger.
func (s *simulation) click(ctx context.Context, p *person, shown *page, values url.Values) []clicked {
	out := make([]clicked, p.clicks)
	done := make(chan struct{})
	for i := 1; i < p.clicks; i++ {
		twin := p.browser.twin()
		go func() {
			out[i].answer, out[i].err = twin.post(ctx, s.client, shown.form.action, values, shown.at.String())
			done <- struct{}{}
		}()
	}
	out[0].answer, out[0].err = p.browser.post(ctx, s.client, shown.form.action, values, shown.at.String())
	for range p.clicks - 1 {
		<-done
	}
	return out
}

// expect complains about an answer of any other status.
func (p *person) expect(a *answer, err error, statuses ...int) error {
	if err != nil {
		return fmt.Errorf("visitor %d: %w", p.number, err)
	}
	for _, status := range statuses {
		if a.status == status {
			return nil
		}
	}
	return p.complain(a, fmt.Sprintf("expected %d", statuses))
}

func (p *person) complain(a *answer, what string) error {
	said := strings.Join(strings.Fields(string(a.body)), " ")
	if len(said) > 200 {
		said = strings.ToValidUTF8(said[:200], "") + "…"
	}
	return fmt.Errorf("visitor %d: %s: status %d: %s; the answer was %q", p.number, a.at, a.status, what, said)
}
