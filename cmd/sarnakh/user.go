package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/sarnakh/sarnakh/access"
	"github.com/sarnakh/sarnakh/internal/clock"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
	"github.com/sarnakh/sarnakh/migrations"
	"github.com/sarnakh/sarnakh/templates"
)

type userCommand struct {
	Create   userCreate   `cmd:"" help:"Create an account; the password is read from standard input."`
	List     userList     `cmd:"" help:"List the accounts."`
	Password userPassword `cmd:"" help:"Set an account's password, read from standard input."`
}

type userCreate struct {
	Email string `arg:"" help:"The account's e-mail."`
}

type userList struct{}

type userPassword struct {
	Email string `arg:"" help:"The account's e-mail."`
}

// openAccess opens the accounts for a command; done closes the database.
func (env *environment) openAccess() (a *access.Service, done func(), err error) {
	d, err := env.openDatabase()
	if err != nil {
		return nil, nil, err
	}
	if _, err := migrations.Up(env.ctx, d); err != nil {
		_ = d.Close()
		return nil, nil, err
	}
	c := env.config
	return access.New(d, clock.System{}, c.logger(env.stderr), c.publicURL(c.Addr)), func() { _ = d.Close() }, nil
}

// Run creates the account.
func (c userCreate) Run(env *environment) error {
	a, done, err := env.openAccess()
	if err != nil {
		return err
	}
	defer done()
	password, err := readPassword(env)
	if err != nil {
		return err
	}
	u, err := a.CreateUser(env.ctx, c.Email, password)
	if err != nil {
		return said(err)
	}
	fmt.Fprintf(env.stdout, "account %d: %s\n", u.ID, u.Email)
	return nil
}

// Run lists the accounts.
func (userList) Run(env *environment) error {
	a, done, err := env.openAccess()
	if err != nil {
		return err
	}
	defer done()
	users, err := a.ListUsers(env.ctx)
	if err != nil {
		return err
	}
	for _, u := range users {
		fmt.Fprintf(env.stdout, "%d\t%s\n", u.ID, u.Email)
	}
	return nil
}

// Run sets the password and ends the account's sessions.
func (c userPassword) Run(env *environment) error {
	a, done, err := env.openAccess()
	if err != nil {
		return err
	}
	defer done()
	password, err := readPassword(env)
	if err != nil {
		return err
	}
	if err := a.SetPassword(env.ctx, c.Email, password); err != nil {
		return said(err)
	}
	fmt.Fprintln(env.stdout, "done")
	return nil
}

// said puts an error about fields into words, as a page would.
func said(err error) error {
	fields, ok := errs.AsFields(err)
	if !ok {
		return usageError{err}
	}
	set, failed := templates.New()
	if failed != nil {
		return failed
	}
	page := web.Page{Locale: set.Catalog().Locale(i18n.English, nil)}
	return usageError{errs.Fields(page.Say(fields))}
}

// readPassword takes one line of standard input: an argument would stand in the
// shell's history and in the list of processes.
func readPassword(env *environment) (string, error) {
	fmt.Fprint(env.stderr, "Password: ")
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return "", usagef("no password on standard input")
	}
	return strings.TrimRight(line, "\r\n"), nil
}
