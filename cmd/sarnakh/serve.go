package main

import (
	"fmt"
	"runtime/debug"

	"github.com/sarnakh/sarnakh/internal/clock"
)

type serveCommand struct{}

// Run serves everything in one process.
func (serveCommand) Run(env *environment) error { return env.serve(pagesHalf | workersHalf) }

type webCommand struct{}

// Run serves the pages only.
func (webCommand) Run(env *environment) error {
	if err := env.severalMachines("web"); err != nil {
		return err
	}
	return env.serve(pagesHalf)
}

type workCommand struct{}

// Run does the jobs only.
func (workCommand) Run(env *environment) error {
	if err := env.severalMachines("work"); err != nil {
		return err
	}
	return env.serve(workersHalf)
}

// severalMachines refuses what only one process can use.
func (env *environment) severalMachines(command string) error {
	c := env.config
	switch {
	case c.Database == "" || c.Redis == "":
		return usagef("%s runs beside other processes and needs PostgreSQL and a Redis server: set SARNAKH_DATABASE and SARNAKH_REDIS, or run serve", command)
	case c.Secret == "":
		return usagef("%s runs beside other processes, which must share one secret: set SARNAKH_SECRET", command)
	case c.PublicURL == "" && command == "work":
		return usagef("work puts links into mails: set SARNAKH_PUBLIC_URL to where the pages are")
	}
	return nil
}

func (env *environment) serve(halves half) error {
	if err := env.config.check(); err != nil {
		return err
	}
	log := env.config.logger(env.stderr)
	s, err := start(env.ctx, env.config, halves, clock.System{}, log)
	if err != nil {
		return err
	}
	defer s.Stop()
	if halves&pagesHalf != 0 {
		fmt.Fprintf(env.stdout, "Sarnakh is ready at %s\n", s.url)
		if err := env.offerSetup(s); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(env.stdout, "Sarnakh's workers are ready")
	}
	// What starting has left behind goes back to the machine: from now on most servers wait.
	debug.FreeOSMemory()
	return s.run(env.ctx)
}

// offerSetup prints the link that makes the first account, while there is none.
func (env *environment) offerSetup(s *server) error {
	users, err := s.access.ListUsers(env.ctx)
	if err != nil || len(users) > 0 {
		return err
	}
	link, err := s.access.SetupLink(env.ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "Create the first account here (the link works once):\n  %s\n", link)
	return nil
}
