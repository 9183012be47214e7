package campaigns

import (
	"strings"

	"github.com/sarnakh/sarnakh/campaigns/journey"
	"github.com/sarnakh/sarnakh/delivery"
)

// flowStep is one step as the page draws it.
type flowStep struct {
	Icon, Class string
	Title, Note string
	Count       string // how many reached it
	State       string // of whom: passed, waiting, left
	Mail        string // what became of its e-mails
	Link        string
	Ways        []flowWay // of a branch
}

type flowWay struct {
	Label string
	Empty string // what a way without steps says
	Steps []flowStep
}

var looks = map[journey.Kind]struct{ icon, class string }{
	journey.KindSend:   {"send", ""},
	journey.KindWait:   {"clock", "wait"},
	journey.KindBranch: {"branch", ""},
	journey.KindSplit:  {"experiments", ""},
	journey.KindAward:  {"loyalty", "award"},
	journey.KindOffer:  {"gift", "award"},
	journey.KindExit:   {"flag", "end"},
}

// drawing puts a version with its figures into steps to draw.
type drawing struct {
	speaker
	figures VersionFigures
	mails   map[string]delivery.Counts
	taken   map[string]int // see Service.taken
}

func (d drawing) steps(lines []journey.Line) []flowStep {
	out := make([]flowStep, 0, len(lines))
	for _, l := range lines {
		f := d.figures.Steps[l.ID]
		look := looks[l.Kind]
		s := flowStep{
			Icon: look.icon, Class: look.class, Title: d.title(l), Note: d.T("campaigns.step." + string(l.Kind)),
			Count: d.T("campaigns.reached", "n", f.Reached), State: d.state(f),
		}
		switch l.Kind {
		case journey.KindSend:
			s.Link = "/emails/" + l.Step.Send
			s.Mail = d.mail(mailRates{d.mails[l.ID]})
		case journey.KindOffer:
			s.Link = "/offers/" + l.Step.Offer
		case journey.KindAward:
			if reason := l.Step.Reason.In(d.Lang); reason != "" {
				s.Note = reason
			}
		case journey.KindBranch:
			s.Ways = d.ways(l, f)
		case journey.KindSplit:
			s.Link = "/experiments/" + l.Step.Split
			for _, w := range l.Ways {
				s.Ways = append(s.Ways, flowWay{
					Label: d.T("campaigns.way.variant", "variant", d.experiments.Variant(l.Step.Split, w.Variant, d.Lang), "n", d.taken[l.ID+"/"+w.Variant]),
					Empty: d.T("campaigns.way.on"), Steps: d.steps(w.Lines),
				})
			}
		}
		out = append(out, s)
	}
	return out
}

func (d drawing) title(l journey.Line) string {
	switch l.Kind {
	case journey.KindSend:
		return d.email(l.Step.Send)
	case journey.KindWait:
		return d.T("campaigns.wait", "span", l.Step.Wait.Duration())
	case journey.KindAward:
		return d.T("campaigns.award", "n", l.Step.Award)
	case journey.KindOffer:
		return d.offer(l.Step.Offer)
	case journey.KindSplit:
		return d.experiments.Experiment(l.Step.Split)
	case journey.KindBranch:
		return d.asks(&l.Step.Branch.If)
	}
	return d.T("campaigns.exit")
}

// state says of those who reached a step where they are; it adds up to their number.
func (d drawing) state(f StepFigures) string {
	var parts []string
	add := func(key string, n int) {
		if n > 0 {
			parts = append(parts, d.T(key, "n", n))
		}
	}
	if f.Waiting+f.Left > 0 {
		add("campaigns.passed", f.Passed)
	}
	add("campaigns.waiting", f.Waiting)
	add("campaigns.left", f.Left)
	add("campaigns.skipped", f.Skipped)
	return strings.Join(parts, " · ")
}

func (d drawing) mail(m mailRates) string {
	if m.All == 0 {
		return ""
	}
	parts := []string{d.T("campaigns.mail.sent", "n", m.Sent)}
	if m.Sent > 0 {
		parts = append(parts, d.T("campaigns.mail.opened", "share", d.Pct(m.OpenRate(), 0)), d.T("campaigns.mail.clicked", "share", d.Pct(m.ClickRate(), 0)))
	}
	if more := d.unsent(m); more != "" {
		parts = append(parts, more)
	}
	return strings.Join(parts, " · ")
}

// unsent says how many e-mails are on their way still, and how many will not go out.
func (s speaker) unsent(m mailRates) string {
	var parts []string
	if n := m.Waiting(); n > 0 {
		parts = append(parts, s.T("campaigns.mail.waiting", "n", n))
	}
	if n := m.Held(); n > 0 {
		parts = append(parts, s.T("campaigns.mail.held", "n", n))
	}
	return strings.Join(parts, " · ")
}

// ways are the two of a branch. Whoever takes a way reaches its first step in the
// same moment, so that step's figure is the way's.
func (d drawing) ways(l journey.Line, branch StepFigures) []flowWay {
	first := func(lines []journey.Line) int { return d.figures.Steps[lines[0].ID].Reached }
	var yes, no int
	if len(l.Then) > 0 {
		yes = first(l.Then)
		no = branch.Reached - yes
	} else {
		no = first(l.Else)
		yes = branch.Reached - no
	}
	return []flowWay{
		{Label: d.T("campaigns.way.yes", "n", yes), Empty: d.T("campaigns.way.on"), Steps: d.steps(l.Then)},
		{Label: d.T("campaigns.way.no", "n", no), Empty: d.T("campaigns.way.on"), Steps: d.steps(l.Else)},
	}
}
