package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/sarnakh/sarnakh/internal/testkit/programs"
)

// provide makes sure that every program can be found, by installing what is
// missing if that is possible here. The error is the one sentence that tells
// the person what to do.
func provide(ctx context.Context, needed []programs.Program) error {
	absent := missing(needed)
	if len(absent) == 0 {
		return nil
	}
	for _, p := range absent {
		if p.Named() != "" {
			return fmt.Errorf("%s names %q, and there is no such program", p.Env, p.Named())
		}
	}
	if !canInstall() {
		return errors.New(advice(absent))
	}
	fmt.Fprintf(os.Stderr, "services: installing %s\n", strings.Join(packages(absent), " "))
	if err := install(ctx, policyFile, packages(absent)); err != nil {
		return err
	}
	if absent = missing(absent); len(absent) > 0 {
		return errors.New(advice(absent))
	}
	return nil
}

// missing are the programs that are neither on this machine nor named by the
// person as running somewhere else.
func missing(needed []programs.Program) []programs.Program {
	var absent []programs.Program
	for _, p := range needed {
		if p.Remote && p.Named() != "" {
			continue
		}
		if _, ok := p.Find(); !ok {
			absent = append(absent, p)
		}
	}
	return absent
}

// advice is the one sentence for a person whose machine lacks the programs.
func advice(absent []programs.Program) string {
	var names, variables []string
	for _, p := range absent {
		names = append(names, p.Name)
		if p.Env != "" {
			variables = append(variables, p.Env)
		}
	}
	sentence := fmt.Sprintf("%s missing: install %s (on Debian: apt-get install %s)",
		strings.Join(names, ", "), plural(len(absent), "it", "them"), strings.Join(packages(absent), " "))
	if len(variables) > 0 {
		sentence += ", or name your own in " + strings.Join(variables, ", ")
	}
	return sentence
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func packages(absent []programs.Program) []string {
	var names []string
	for _, p := range absent {
		names = append(names, p.Packages...)
	}
	return names
}

// canInstall reports whether this is Debian, or of its family, and we are root.
func canInstall() bool {
	_, err := exec.LookPath("apt-get")
	return err == nil && os.Geteuid() == 0
}
