package main

import (
	"fmt"
	"strings"
)

type keyCommand struct {
	Create keyCreate `cmd:"" help:"Create an API key; it is printed once."`
	List   keyList   `cmd:"" help:"List the API keys."`
	Revoke keyRevoke `cmd:"" help:"Revoke an API key at once."`
}

type keyCreate struct {
	Name  string   `arg:"" help:"What it is for."`
	Scope []string `default:"*" help:"What it may do, as leads:read,offers:write; everything if not said."`
}

type keyList struct{}

type keyRevoke struct {
	ID int64 `arg:"" help:"The key's number, as listed."`
}

// Run creates the key. Standard output holds the key alone, for scripts.
func (c keyCreate) Run(env *environment) error {
	a, done, err := env.openAccess()
	if err != nil {
		return err
	}
	defer done()
	_, whole, err := a.CreateKey(env.ctx, c.Name, "command line", c.Scope)
	if err != nil {
		return said(err)
	}
	fmt.Fprintln(env.stdout, whole)
	return nil
}

// Run lists the keys.
func (keyList) Run(env *environment) error {
	a, done, err := env.openAccess()
	if err != nil {
		return err
	}
	defer done()
	keys, err := a.ListKeys(env.ctx)
	if err != nil {
		return err
	}
	for _, k := range keys {
		state := "valid"
		if k.Revoked() {
			state = "revoked"
		}
		fmt.Fprintf(env.stdout, "%d\t%s\t%s\t%s\t%s\n", k.ID, k.Shown(), state, k.Name, strings.Join(k.Scopes, ","))
	}
	return nil
}

// Run revokes the key.
func (c keyRevoke) Run(env *environment) error {
	a, done, err := env.openAccess()
	if err != nil {
		return err
	}
	defer done()
	if err := a.RevokeKey(env.ctx, c.ID); err != nil {
		return said(err)
	}
	fmt.Fprintln(env.stdout, "done")
	return nil
}
