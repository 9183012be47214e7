package chart

import (
	"html/template"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Stage is one step of a funnel and how many reached it.
type Stage struct {
	Name  string
	Count int
}

// FunnelChart shows how many went on from each stage to the next.
type FunnelChart struct {
	Title  string
	Desc   string
	Stages []Stage
	Empty  string // the sentence shown when nobody reached the first stage
}

// Funnel draws one bar per stage, as long as its share of the first stage, and
// writes that share behind the count.
func Funnel(l i18n.Locale, chart FunnelChart) template.HTML { return Figure(l, chart) }

func (chart FunnelChart) words() (title, empty string) { return chart.Title, chart.Empty }

func (chart FunnelChart) draw(l i18n.Locale) *canvas {
	if len(chart.Stages) == 0 || chart.Stages[0].Count <= 0 {
		return nil
	}
	first := float64(chart.Stages[0].Count)
	notes := make([]string, len(chart.Stages))
	stageHeight, below, side := 50, 0, "end"
	for i, stage := range chart.Stages {
		notes[i] = l.Num(stage.Count)
		if i > 0 {
			notes[i] += " · " + l.Pct(float64(stage.Count)/first, 1)
		}
		if width(stage.Name+notes[i], 13)+between > nameWidth {
			// One line cannot hold both on a phone: the counts go below the names.
			stageHeight, below, side = 50+lineHeight, lineHeight, "start"
		}
	}
	c := &canvas{locale: l}
	c.open("", stageHeight*len(chart.Stages)-10, chart.Title, chart.Desc, nil)
	for i, stage := range chart.Stages {
		share := float64(stage.Count) / first
		top := i * stageHeight
		name, end := stage.Name, 1.0
		if below > 0 {
			name, end = cut(name, nameWidth), 0
		}
		c.text("strong", 0, 0, top+14, "start", name)
		top += below
		c.text("value", end, 0, top+14, side, notes[i])
		c.rect("track", 0, 1, float64(top+24), 12, 6, "")
		if stage.Count > 0 {
			// A floor of 0.4 % keeps a single lead visible among thousands.
			c.rect("bar s1", 0, min(1, max(share, 0.004)), float64(top+24), 12, 6, "")
		}
	}
	return c
}
