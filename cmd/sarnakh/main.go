// Command sarnakh is the whole product in one binary: forms, leads, journeys,
// experiments, and the workers behind them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime/debug"
	"strings"
	"syscall"
	_ "time/tzdata" // time zones on machines that have none installed

	"github.com/alecthomas/kong"
)

// commands is the command line. Serve is what happens without a command.
type commands struct {
	Config
	Version kong.VersionFlag `help:"Print the version and end."`

	Serve   serveCommand   `cmd:"" default:"withargs" help:"Run everything: pages, forms and workers (the default)."`
	Web     webCommand     `cmd:"" help:"Run the pages and forms only; needs PostgreSQL and a Redis server."`
	Work    workCommand    `cmd:"" help:"Run the workers only; needs PostgreSQL and a Redis server."`
	Demo    demoCommand    `cmd:"" help:"Show the whole product at work on a throw-away data folder, with simulated visitors."`
	Migrate migrateCommand `cmd:"" help:"Bring the database to this version's tables."`
	Apply   applyCommand   `cmd:"" help:"Set up forms, pages, e-mails, journeys, offers, rules and experiments from YAML files."`
	Schema  schemaCommand  `cmd:"" help:"Print the JSON Schema of the YAML files, for editors."`
	User    userCommand    `cmd:"" help:"Create and list accounts, set a password."`
	Key     keyCommand     `cmd:"" help:"Create, list and revoke API keys."`
	Abtest  abtestCommand  `cmd:"" help:"Analyse and plan experiments from figures of your own, as JSON."`
	Doctor  doctorCommand  `cmd:"" help:"Check database, Redis, SMTP and clock, and say what to do."`
}

// usageError is the user's to mend: a bad value, a missing server. Exit code 2.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program without the process around it; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var cli commands
	exited := -1
	parser, err := kong.New(&cli,
		kong.Name("sarnakh"),
		kong.Description("Sarnakh (سرنخ): lead forms, nurture journeys, loyalty, offers and honest A/B tests, self-hosted."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exited = code }),
		kong.Vars{"version": version()},
	)
	if err != nil {
		fmt.Fprintln(stderr, "sarnakh:", err)
		return 1
	}
	if err := knownSettings(parser.Model); err != nil {
		fmt.Fprintf(stderr, "sarnakh: %v\n", err)
		return 2
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited // --help has been answered
	}
	if err != nil {
		fmt.Fprintf(stderr, "sarnakh: %v\n", err)
		return 2
	}
	err = parsed.Run(&environment{ctx: ctx, config: &cli.Config, stdout: stdout, stderr: stderr})
	var usage usageError
	switch {
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "sarnakh: %v\n", err)
		return 2
	case err != nil:
		fmt.Fprintf(stderr, "sarnakh: %v\n", err)
		return 1
	}
	return 0
}

// version is the module's, or the commit that the program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "sarnakh, version unknown"
	}
	v := "sarnakh " + info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v += " " + s.Value
		}
	}
	return v + " " + info.GoVersion
}

// notOurs are variables that others set under our name: the tests', and those that
// Kubernetes gives every container for a service called sarnakh.
var notOurs = regexp.MustCompile(`^SARNAKH_(TEST_|SERVICE_|PORT(_|$))`)

// knownSettings refuses a SARNAKH_* variable that no setting has: a misspelt name
// would otherwise be a silent default.
func knownSettings(app *kong.Application) error {
	known := map[string]bool{}
	for _, flag := range app.Flags {
		for _, name := range flag.Envs {
			known[name] = true
		}
	}
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "SARNAKH_") && !notOurs.MatchString(name) && !known[name] {
			return usagef("%s: there is no such setting; sarnakh --help lists them", name)
		}
	}
	return nil
}

// environment is what every command runs in.
type environment struct {
	ctx            context.Context
	config         *Config
	stdout, stderr io.Writer
}
