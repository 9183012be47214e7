package simulate_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/cmd/sarnakh/simulate"
)

func TestPeopleVisitAskReadAndBuy(t *testing.T) {
	p := newProgram(t)
	var told []simulate.Progress
	if err := simulate.Run(t.Context(), p.world(), simulate.Options{Visitors: 5000, Seed: 1}, func(at simulate.Progress) { told = append(told, at) }); err != nil {
		t.Fatal(err)
	}

	if len(p.visitors) != 5000 {
		t.Errorf("%d visitors", len(p.visitors))
	}
	again := 0
	for id, seen := range p.visitors {
		if len(seen) > 1 {
			again++
		}
		if p.refused[id] {
			t.Errorf("visitor %s made a mistake and never mended it", id)
		}
	}
	if again < 450 || again > 1000 {
		t.Errorf("%d came back another day", again)
	}
	if fa := float64(p.langs["fa"]) / float64(p.langs["fa"]+p.langs["en"]); fa < .65 || fa > .75 {
		t.Errorf("%v", p.langs)
	}
	for _, source := range []string{"instagram", "google", "telegram", "newsletter", ""} {
		if p.sources[source] < 200 {
			t.Errorf("%d came from %q", p.sources[source], source)
		}
	}
	if a, b := p.sent["a"], p.sent["b"]; a < 270 || a > 400 || b < 440 || b > 610 {
		t.Errorf("of 2,500 each %d asked on a and %d on b", a, b)
	}

	double, repeated, unwilling, persian := 0, 0, 0, 0
	for _, times := range p.once {
		if times > 1 {
			double++
		}
	}
	for _, l := range p.leads {
		if l.times > 1 {
			repeated++
		}
		if !l.consents {
			unwilling++
		}
		if strings.ContainsAny(l.cups, "۱۲۳۴۵۶") {
			persian++
		}
	}
	if double == 0 || repeated <= double || persian < 100 {
		t.Errorf("%d clicked twice, %d asked more than once, %d typed Persian digits", double, repeated, persian)
	}
	if share := float64(unwilling) / float64(len(p.leads)); share < .08 || share > .16 {
		t.Errorf("%d of %d do not consent", unwilling, len(p.leads))
	}

	if len(p.mails) < 1200 || len(p.opened) < len(p.mails)/3 || len(p.opened) > len(p.mails)*4/5 ||
		len(p.clicked) < len(p.mails)/12 || len(p.clicked) > len(p.opened) {
		t.Errorf("of %d mails %d were opened and %d clicked", len(p.mails), len(p.opened), len(p.clicked))
	}
	if len(p.left) == 0 || len(p.left) > 50 {
		t.Errorf("%d unsubscribed", len(p.left))
	}
	if len(p.redeemed) < 40 || p.conflict == 0 {
		t.Errorf("%d codes redeemed, %d tried twice", len(p.redeemed), p.conflict)
	}
	if took := p.clock.Now().Sub(start); took < 23*24*time.Hour || took > 37*24*time.Hour {
		t.Errorf("it took %s of domain time", took)
	}
	if len(p.due) != 0 {
		t.Errorf("%d mails were still planned", len(p.due))
	}
	progress(t, told, p.settled)
}

func progress(t *testing.T, told []simulate.Progress, settled int) {
	t.Helper()
	if len(told) != settled || settled > 40*24 {
		t.Errorf("settled %d times, reported %d times", settled, len(told))
	}
	for i := 1; i < len(told); i++ {
		a, b := told[i-1], told[i]
		if a.Stage == b.Stage && b.Done < a.Done || b.Day < a.Day || b.Done > b.Total || a.Stage == simulate.StageJourneys && b.Stage == simulate.StageVisits {
			t.Errorf("%+v after %+v", b, a)
		}
	}
	if last := told[len(told)-1]; last.Stage != simulate.StageJourneys {
		t.Errorf("the last was %+v", last)
	}
}

func TestSameSeedSameStory(t *testing.T) {
	run := func() *program {
		p := newProgram(t)
		if err := simulate.Run(t.Context(), p.world(), simulate.Options{Visitors: 120, Days: 3, Seed: 5}, func(simulate.Progress) {}); err != nil {
			t.Fatal(err)
		}
		return p
	}
	// The fake gives its versions in the order in which people come, so two who come
	// at once may be swapped; who comes from where in which language is fixed.
	one, two := run(), run()
	for source, n := range one.sources {
		if d := n - two.sources[source]; d > 2 || d < -2 {
			t.Errorf("%d and then %d from %q", n, two.sources[source], source)
		}
	}
	for email := range two.leads {
		if l := one.leads[email]; l != nil && l.first != two.leads[email].first {
			t.Errorf("%s is called %s and then %s", email, l.first, two.leads[email].first)
		}
	}
}

func TestWhatNobodyShouldSeeEndsTheRunWithItsPlace(t *testing.T) {
	for name, c := range map[string]struct {
		fault func(*program)
		want  []string
	}{
		"a page that fails":            {func(p *program) { p.break500 = "/p/" }, []string{"visitor ", "/p/guide", "status 500", "something broke"}},
		"a page without a form":        {func(p *program) { p.formless = true }, []string{"visitor ", "/p/guide", "status 200", "no form"}},
		"another version next time":    {func(p *program) { p.forgetful = true }, []string{"visitor ", "/p/guide", "was shown"}},
		"thanks that fail":             {func(p *program) { p.break500 = "/f/" }, []string{"visitor ", "/f/guide/thanks", "status 500"}},
		"a picture that fails":         {func(p *program) { p.break500 = "/t/o/" }, []string{"visitor ", "/t/o/", "status 500"}},
		"a mailbox that does not open": {func(p *program) { p.break500 = "/dev/" }, []string{"mailbox", "status 500"}},
		"a till that fails":            {func(p *program) { p.break500 = "/api/" }, []string{"visitor ", "/api/v1/offers/redeem", "status 500"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t)
			c.fault(p)
			err := simulate.Run(t.Context(), p.world(), simulate.Options{Visitors: 600, Days: 5, Seed: 2}, func(simulate.Progress) {})
			for _, part := range c.want {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Fatalf("%v, without %q", err, part)
				}
			}
		})
	}
}

func TestACancelledRunEndsAtOnce(t *testing.T) {
	p := newProgram(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := simulate.Run(ctx, p.world(), simulate.Options{Visitors: 500}, func(at simulate.Progress) {
		if at.Day > 2 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || len(p.visitors) > 400 {
		t.Errorf("%v after %d visitors", err, len(p.visitors))
	}
}
