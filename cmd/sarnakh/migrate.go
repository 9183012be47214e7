package main

import (
	"fmt"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/migrations"
)

type migrateCommand struct{}

// Run takes the steps that the database lacks.
func (migrateCommand) Run(env *environment) error {
	d, err := env.openDatabase()
	if err != nil {
		return err
	}
	defer d.Close()
	n, err := migrations.Up(env.ctx, d)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "%s: %d steps taken, up to date\n", d.Dialect(), n)
	return nil
}

// openDatabase checks the configuration and opens the database as it is.
func (env *environment) openDatabase() (*db.DB, error) {
	if err := env.config.check(); err != nil {
		return nil, err
	}
	if err := env.config.makeData(); err != nil {
		return nil, err
	}
	d, err := db.Open(env.ctx, env.config.Database, env.config.Data)
	if err != nil {
		return nil, usageError{err}
	}
	return d, nil
}
