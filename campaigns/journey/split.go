package journey

import (
	"fmt"
	"maps"
	"slices"
)

// Way is where an experiment sends a person at the splits that name it.
type Way struct {
	Variant string
	Regime  int  // by whose weights it was drawn
	Counted bool // the person takes part; otherwise it is the way of the first version
}

// Ways are a person's, by the experiments' keys: see Program.Splits.
type Ways map[string]Way

// Fork is a split of a journey: where it stands and which branches it has.
type Fork struct {
	Experiment, Path string
	Branches         []string // in the order of their names
}

// Forks lists the splits, in their order.
func (d Definition) Forks() []Fork {
	var out []Fork
	walk(d.Steps, "steps", "step", 0, func(s *Step, path, _ string, _ int) {
		if s.Split != "" {
			out = append(out, Fork{s.Split, path, s.branches()})
		}
	})
	return out
}

// Splits lists the experiments that say which way somebody goes: what Advance must be
// given the ways of.
func (p *Program) Splits() []string { return p.splits }

// branches are the keys of a split's branches. A map has no order, and neither does a
// stored document; by name they always come the same.
func (s *Step) branches() []string { return slices.Sorted(maps.Keys(s.Branches)) }

// way is the branch that somebody takes. A variant without a branch, which the experiment
// got after the journey was written, and an experiment that nobody knows lead along the
// first, uncounted: somebody on their way is never left standing.
func (n *node) way(ways Ways) Split {
	took := ways[n.step.Split]
	if _, ok := n.ways[took.Variant]; !ok {
		took = Way{Variant: n.step.branches()[0]}
	}
	return Split{n.id, n.step.Split, took.Variant, took.Regime, took.Counted}
}

// split checks the branches of a step.
func (c *compiler) split(s *Step, path string) {
	steps := 0
	for key, branch := range s.Branches {
		if !idPattern.MatchString(key) {
			c.complain(path+".branches", "%q is not the key of a variant", key)
		}
		steps += len(branch)
	}
	switch {
	case len(s.Branches) < 2:
		c.complain(path+".branches", "a split needs a branch for each variant of its experiment, two at the least")
	case steps == 0:
		c.complain(path+".branches", "no way leads anywhere: give at least one of the branches steps")
	}
	if !slices.Contains(c.program.splits, s.Split) {
		c.program.splits = append(c.program.splits, s.Split)
	}
}

// branchPath is where a branch stands in the document, branchName what names its steps.
func branchPath(path, key string) string { return fmt.Sprintf("%s.branches.%s", path, key) }
func branchName(name, key string) string { return fmt.Sprintf("%s.%s.", name, key) }
