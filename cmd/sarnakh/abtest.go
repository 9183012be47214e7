package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/sarnakh/sarnakh/abtest/stats"
)

// abtestCommand is the mathematics of experiments for figures from anywhere: no
// database, no server.
type abtestCommand struct {
	Analyze abtestAnalyze `cmd:"" help:"Read an experiment's counts as JSON and print its analysis as JSON."`
	Plan    abtestPlan    `cmd:"" help:"Read what is known before a start as JSON and print sample size, days and effect as JSON."`
}

type abtestAnalyze struct {
	File string `arg:"" optional:"" help:"The JSON file; standard input without one."`
}

type abtestPlan struct {
	File string `arg:"" optional:"" help:"The JSON file; standard input without one."`
}

// Run prints the analysis. Counts that make no sense are refused by field.
func (c abtestAnalyze) Run(env *environment) error {
	data, err := readAll(c.File)
	if err != nil {
		return err
	}
	a, err := analyzeJSON(data)
	if err != nil {
		return refused(err)
	}
	return printJSON(env.stdout, a)
}

// Run prints the plan.
func (c abtestPlan) Run(env *environment) error {
	data, err := readAll(c.File)
	if err != nil {
		return err
	}
	p, err := planJSON(data)
	if err != nil {
		return refused(err)
	}
	return printJSON(env.stdout, p)
}

// mostInput is how many bytes of input are read: far more than any experiment's.
const mostInput = 16 << 20

// readAll reads a file or, without a name or with "-", standard input.
func readAll(file string) ([]byte, error) {
	in := io.Reader(os.Stdin)
	if file != "" && file != "-" {
		f, err := os.Open(file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, usagef("%s: there is no such file", file)
		}
		if err != nil {
			return nil, usageError{err}
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, mostInput+1))
	if err != nil {
		return nil, usageError{fmt.Errorf("input: %w", err)}
	}
	if len(data) > mostInput {
		return nil, usagef("input: is larger than %d MB", mostInput>>20)
	}
	return data, nil
}

// refused makes what the input got wrong the user's to mend.
func refused(err error) error {
	var input *stats.InputError
	if errors.As(err, &input) {
		return usageError{err}
	}
	return err
}

func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
