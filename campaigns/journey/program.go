package journey

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/sarnakh/sarnakh/internal/conditions"
)

// Kind says what a step does.
type Kind string

// The kinds of step.
const (
	KindSend   Kind = "send"
	KindWait   Kind = "wait"
	KindBranch Kind = "branch"
	KindSplit  Kind = "split"
	KindAward  Kind = "award"
	KindOffer  Kind = "offer"
	KindExit   Kind = "exit"
)

// What a journey may hold at the most: enough for any that a person can still
// oversee.
const (
	maxSteps = 200
	maxDepth = 8
)

// Program is a checked journey, laid out for the interpreter.
type Program struct {
	definition Definition
	nodes      []node
	index      map[string]int
	splits     []string // the experiments, each once
}

// node is a step with where it leads: next is the node after it, end past the last.
type node struct {
	id        string
	kind      Kind
	step      *Step
	next      int
	then, els int            // of a branch
	ways      map[string]int // of a split, by variant
}

const end = -1

// Problem is something wrong in a journey, at a place: "steps[2].branch.then[0]".
type Problem struct {
	Path, Text string
}

// Error names the place first.
func (p Problem) Error() string { return p.Path + ": " + p.Text }

// Compile checks a definition and lays it out. What is wrong is told all at once:
// the error joins one Problem for each place.
func Compile(d Definition) (*Program, error) {
	c := &compiler{program: &Program{definition: d, index: map[string]int{}}, number: map[*Step]int{}}
	c.checkTrigger(d)
	if len(d.Steps) == 0 {
		c.complain("steps", "a journey needs at least one step")
	}
	walk(d.Steps, "steps", "step", 0, c.add)
	if n := len(c.program.nodes); n > maxSteps {
		c.complain("steps", "%d steps are too many: %d at the most", n, maxSteps)
	}
	if len(c.problems) > 0 {
		return nil, errors.Join(c.problems...)
	}
	c.link(d.Steps, end)
	return c.program, nil
}

// walk visits every step in reading order, with its place in the document, the name
// that the place gives it, and how many branches it is inside of.
func walk(steps []Step, path, name string, depth int, visit func(s *Step, path, name string, depth int)) {
	for i := range steps {
		s, path, name := &steps[i], fmt.Sprintf("%s[%d]", path, i), fmt.Sprintf("%s%d", name, i+1)
		visit(s, path, name, depth)
		if s.ID != "" {
			name = s.ID
		}
		if s.Branch != nil {
			walk(s.Branch.Then, path+".branch.then", name+".then", depth+1, visit)
			walk(s.Branch.Else, path+".branch.else", name+".else", depth+1, visit)
		}
		for _, key := range s.branches() {
			walk(s.Branches[key], branchPath(path, key), branchName(name, key), depth+1, visit)
		}
	}
}

// Definition is what the program was compiled from.
func (p *Program) Definition() Definition { return p.definition }

// Asks returns the conditions of all branches: what Advance must be given the facts of.
func (p *Program) Asks() []conditions.Condition {
	var out []conditions.Condition
	for _, n := range p.nodes {
		if n.kind == KindBranch {
			out = append(out, n.step.Branch.If)
		}
	}
	return out
}

type compiler struct {
	program  *Program
	number   map[*Step]int
	problems []error
}

func (c *compiler) complain(path, format string, args ...any) {
	c.problems = append(c.problems, Problem{path, fmt.Sprintf(format, args...)})
}

func (c *compiler) checkTrigger(d Definition) {
	if d.Trigger.Event == "" {
		c.complain("trigger.event", "say which event lets people in")
	}
	if err := conditions.CheckProperties(d.Trigger.Where); err != nil {
		c.complain("trigger.where", "%v", err)
	}
	if d.Trigger.Condition != nil {
		c.condition(*d.Trigger.Condition, "trigger.condition")
	}
	switch d.Entry {
	case "", EntryOnce:
		if d.AtMost != 0 {
			c.complain("at_most", "needs entry: every")
		}
	case EntryEvery:
		if d.AtMost < 0 {
			c.complain("at_most", "cannot be negative")
		}
	default:
		c.complain("entry", "%q is neither once nor every", d.Entry)
	}
}

func (c *compiler) condition(cond conditions.Condition, path string) {
	if err := cond.Check(); err != nil {
		c.complain(path, "%v", err)
	}
}

var idPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// add checks one step and gives it the next number.
func (c *compiler) add(s *Step, path, name string, depth int) {
	if s.ID != "" {
		if !idPattern.MatchString(s.ID) {
			c.complain(path+".id", "%q: write small letters, digits, - and _, 64 at the most", s.ID)
		}
		name = s.ID
	}
	if _, taken := c.program.index[name]; taken {
		c.complain(path, "another step is called %s too", name)
	}
	if depth == maxDepth+1 {
		c.complain(path, "branches are nested more than %d deep", maxDepth)
	}
	kind := c.kind(s, path)
	if kind == KindBranch {
		c.condition(s.Branch.If, path+".branch.if")
		if len(s.Branch.Then)+len(s.Branch.Else) == 0 {
			c.complain(path+".branch", "neither way leads anywhere: give it steps under then or else")
		}
	}
	switch {
	case kind == KindSplit:
		c.split(s, path)
	case len(s.Branches) > 0:
		c.complain(path+".branches", "only a split has branches")
	}
	c.number[s] = len(c.program.nodes)
	c.program.index[name] = len(c.program.nodes)
	c.program.nodes = append(c.program.nodes, node{id: name, kind: kind, step: s})
}

// link lets each step lead to the one after it, the last to after, and returns the
// first. All ways of a branch or a split lead to what follows it.
func (c *compiler) link(steps []Step, after int) int {
	for i := len(steps) - 1; i >= 0; i-- {
		number := c.number[&steps[i]]
		n := &c.program.nodes[number]
		n.next = after
		if b := steps[i].Branch; b != nil {
			n.then, n.els = c.link(b.Then, after), c.link(b.Else, after)
		}
		if n.kind == KindSplit {
			n.ways = map[string]int{}
			for key, branch := range steps[i].Branches {
				n.ways[key] = c.link(branch, after)
			}
		}
		after = number
	}
	return after
}

// kind says what the step does, and complains unless it is exactly one thing.
func (c *compiler) kind(s *Step, path string) Kind {
	var kinds []Kind
	for _, k := range []struct {
		kind Kind
		set  bool
	}{
		{KindSend, s.Send != ""}, {KindWait, s.Wait != 0}, {KindBranch, s.Branch != nil}, {KindSplit, s.Split != ""},
		{KindAward, s.Award != 0}, {KindOffer, s.Offer != ""}, {KindExit, s.Exit},
	} {
		if k.set {
			kinds = append(kinds, k.kind)
		}
	}
	if len(kinds) != 1 {
		c.complain(path, "a step is exactly one of send, wait, branch, split, award, offer and exit")
		return ""
	}
	switch {
	case s.Award < 0:
		c.complain(path+".award", "points cannot be negative")
	case kinds[0] != KindAward && len(s.Reason) > 0:
		c.complain(path+".reason", "only an award has a reason")
	case s.Wait < 0:
		c.complain(path+".wait", "cannot be negative")
	}
	return kinds[0]
}
