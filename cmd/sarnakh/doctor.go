package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/mail"
	"github.com/sarnakh/sarnakh/migrations"
	"github.com/sarnakh/sarnakh/workers"
)

type doctorCommand struct{}

// finding is the result of one check: what was looked at, and what to do when
// something is wrong.
type finding struct {
	what   string
	said   string
	advice string // empty when all is well
}

// Run looks at everything that the installation stands on. It exits with 1 when
// something needs a hand.
func (doctorCommand) Run(env *environment) error {
	if err := env.config.check(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(env.ctx, 20*time.Second)
	defer cancel()
	ill := 0
	for _, check := range []func(context.Context) finding{env.checkDatabase, env.checkRedis, env.checkSMTP, env.checkAddr} {
		f := check(ctx)
		mark := "ok  "
		if f.advice != "" {
			mark = "FAIL"
			ill++
		}
		fmt.Fprintf(env.stdout, "%s  %-9s %s\n", mark, f.what, f.said)
		if f.advice != "" {
			fmt.Fprintf(env.stdout, "      %-9s %s\n", "→", f.advice)
		}
	}
	if ill > 0 {
		return fmt.Errorf("%d of the checks need attention", ill)
	}
	return nil
}

func (env *environment) checkDatabase(ctx context.Context) finding {
	f := finding{what: "database"}
	if err := env.config.makeData(); err != nil {
		f.said, f.advice = err.Error(), "Point SARNAKH_DATA to a folder that this user may write to."
		return f
	}
	d, err := db.Open(ctx, env.config.Database, env.config.Data)
	if err != nil {
		f.said, f.advice = err.Error(), "Start PostgreSQL and check host, user and password in SARNAKH_DATABASE."
		return f
	}
	defer d.Close()
	pending, err := migrations.Pending(ctx, d)
	if err != nil {
		f.said, f.advice = err.Error(), "The user needs the right to create tables."
		return f
	}
	f.said = string(d.Dialect()) + " answers"
	if pending {
		f.said += ", tables are made at the next start"
	}
	if d.Dialect() == db.Postgres {
		return env.checkClock(ctx, d, f)
	}
	return f
}

// checkClock compares this machine's clock with the database's: leases are measured
// by the former on every machine.
func (env *environment) checkClock(ctx context.Context, d *db.DB, f finding) finding {
	var there time.Time
	if err := d.Read().NewSelect().ColumnExpr("clock_timestamp()").Scan(ctx, &there); err != nil {
		f.said, f.advice = err.Error(), "The database does not tell its time."
		return f
	}
	if off := time.Since(there).Abs(); off > 5*time.Second {
		f.said = fmt.Sprintf("its clock and this machine's are %s apart", off.Round(time.Second))
		f.advice = "Let both machines set their clocks by NTP."
		return f
	}
	f.said += ", clocks agree"
	return f
}

func (env *environment) checkRedis(ctx context.Context) finding {
	f := finding{what: "redis", said: "embedded"}
	if env.config.Redis == "" {
		return f
	}
	_, done, err := workers.OpenRedis(ctx, env.config.Redis)
	if err != nil {
		f.said, f.advice = err.Error(), "Start the Redis server and check SARNAKH_REDIS. Until then jobs wait in the database; none is lost."
		return f
	}
	defer done()
	f.said = "answers"
	return f
}

func (env *environment) checkSMTP(ctx context.Context) finding {
	f := finding{what: "smtp", said: "the mailbox at /dev/mailbox; no mail leaves this machine"}
	if env.config.SMTP == "" {
		return f
	}
	t, err := mail.NewTransport(env.config.SMTP)
	if err == nil {
		defer t.Close()
		err = t.Check(ctx)
	}
	if err != nil {
		f.said, f.advice = err.Error(), "Check host, port, user and password in SARNAKH_SMTP. Until then mails wait; none is lost."
		return f
	}
	f.said = "answers"
	return f
}

func (env *environment) checkAddr(context.Context) finding {
	f := finding{what: "address", said: env.config.Addr + " is free"}
	l, err := net.Listen("tcp", env.config.Addr)
	switch {
	case err == nil:
		_ = l.Close()
	case errors.Is(err, syscall.EADDRINUSE):
		f.said = env.config.Addr + " is taken: that is well if Sarnakh is running there"
	default:
		f.said, f.advice = err.Error(), "Give SARNAKH_ADDR an address of this machine and a port, as 127.0.0.1:8080."
	}
	return f
}
