package abtest

import "github.com/sarnakh/sarnakh/abtest/stats"

// GoalLook is what a look showed of one goal.
type GoalLook struct {
	Goal        string         `json:"goal"` // its key
	Comparisons []GoalEvidence `json:"comparisons"`
	// Figures are all there were, in the look that brought the verdict; nil in others.
	Figures *GoalReport `json:"figures,omitempty"`
}

// GoalEvidence is the evidence about a goal of one variant against control.
type GoalEvidence struct {
	Arm     string `json:"arm"`
	Control string `json:"control"`
	// P is the smallest always-valid p of all looks so far, PHolm the same corrected as
	// in the report, and Ahead whether the variant had more when P was reached.
	P     float64 `json:"p"`
	PHolm float64 `json:"p_holm"`
	Ahead bool    `json:"ahead"`
}

// looked is what a look keeps of the goals: with the verdict all their figures.
func looked(goals []GoalReport, decisive bool) []GoalLook {
	list := make([]GoalLook, len(goals))
	for i, g := range goals {
		list[i] = GoalLook{Goal: g.Key, Comparisons: []GoalEvidence{}}
		for _, c := range g.Comparisons {
			list[i].Comparisons = append(list[i].Comparisons, GoalEvidence{c.Arm, c.Control, c.AnytimeP, c.AnytimePHolm, c.AnytimeAhead})
		}
		if decisive {
			list[i].Figures = &goals[i]
		}
	}
	return list
}

// goal is what the next look at a goal goes on from; nil where there is nothing.
func (l *Look) goal(key string) *stats.Analysis {
	for _, g := range l.Goals {
		if g.Goal != key {
			continue
		}
		a := new(stats.Analysis)
		for _, c := range g.Comparisons {
			a.Comparisons = append(a.Comparisons, stats.Comparison{Arm: c.Arm, Control: c.Control, AnytimeP: c.P, AnytimeAhead: c.Ahead})
		}
		return a
	}
	return nil
}

// figures takes the goals' figures of the verdict out of its look.
func (l *Look) figures() (list []GoalReport) {
	for i := range l.Goals {
		if f := l.Goals[i].Figures; f != nil {
			list = append(list, *f)
			l.Goals[i].Figures = nil
		}
	}
	return list
}
