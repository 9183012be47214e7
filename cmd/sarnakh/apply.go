package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/migrations"
)

type applyCommand struct {
	Files  []string `arg:"" help:"YAML files, or folders of them."`
	DryRun bool     `help:"Show what would change in the campaign, and store nothing of it. Missing tables are made."`
}

// Run checks the files as a whole and stores what they set up.
func (c applyCommand) Run(env *environment) error {
	names, err := yamlFiles(c.Files)
	if err != nil {
		return err
	}
	d, err := env.openDatabase()
	if err != nil {
		return err
	}
	defer d.Close()
	if _, err := migrations.Up(env.ctx, d); err != nil {
		return err
	}
	features, err := newFeatures(env.config, d, clock.System{}, env.config.logger(env.stderr), env.config.publicURL(env.config.Addr))
	if err != nil {
		return err
	}
	bundle, err := manifest.Load(osFiles{}, names, features.kinds())
	if err != nil {
		return usageError{err}
	}
	work := bundle.Apply
	if c.DryRun {
		work = bundle.Plan
	}
	changes, err := work(env.ctx, d, features.kinds())
	if err != nil {
		return usageError{err}
	}
	fmt.Fprintf(env.stderr, "database: %s\n", env.config.where())
	for _, change := range changes {
		what := "changed"
		switch {
		case change.New:
			what = "new"
		case change.Diff == "":
			what = "unchanged"
		}
		fmt.Fprintf(env.stdout, "%-9s  %s %s\n", what, change.Kind, change.Key)
		if change.Note != "" {
			fmt.Fprintf(env.stdout, "           %s\n", change.Note)
		}
		if c.DryRun && change.Diff != "" {
			fmt.Fprintln(env.stdout, change.Diff)
		}
	}
	return nil
}

// yamlFiles lists the files named, and those in the folders named.
func yamlFiles(paths []string) ([]string, error) {
	var names []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, usagef("%s: there is no such file or folder", path)
		}
		if !info.IsDir() {
			names = append(names, path)
			continue
		}
		inside, err := filepath.Glob(filepath.Join(path, "*.y*ml"))
		if err != nil {
			return nil, err
		}
		names = append(names, inside...)
	}
	if len(names) == 0 {
		return nil, usagef("no YAML file in %s", strings.Join(paths, ", "))
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// osFiles reads the paths that a user names, wherever they lie.
type osFiles struct{}

// Open opens the file at the path.
func (osFiles) Open(name string) (fs.File, error) { return os.Open(name) }

type schemaCommand struct{}

// Run prints the schema; it needs no installation.
func (schemaCommand) Run(env *environment) error {
	c := *env.config
	c.Secret = "only the kinds are asked for their shape"
	f, err := newFeatures(&c, nil, clock.System{}, env.config.logger(env.stderr), "")
	if err != nil {
		return err
	}
	raw, err := manifest.Schema(f.kinds())
	if err != nil {
		return err
	}
	_, err = env.stdout.Write(raw)
	return err
}
