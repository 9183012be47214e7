package journey

// Line is one step of a program as a page draws it, in reading order. A branch is
// followed by its two ways, a split by all of them.
type Line struct {
	ID   string
	Kind Kind
	Step Step
	Then []Line
	Else []Line
	Ways []LineWay
}

// LineWay is what a variant of a split leads along.
type LineWay struct {
	Variant string
	Lines   []Line
}

// Outline is the program as nested lines.
func (p *Program) Outline() []Line {
	number := 0
	var lines func(steps []Step) []Line
	lines = func(steps []Step) []Line {
		out := make([]Line, 0, len(steps))
		for _, s := range steps {
			n := p.nodes[number]
			number++
			l := Line{ID: n.id, Kind: n.kind, Step: s}
			if s.Branch != nil {
				l.Then, l.Else = lines(s.Branch.Then), lines(s.Branch.Else)
			}
			for _, key := range s.branches() {
				l.Ways = append(l.Ways, LineWay{key, lines(s.Branches[key])})
			}
			out = append(out, l)
		}
		return out
	}
	return lines(p.definition.Steps)
}
