package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/sarnakh/sarnakh/internal/discreet"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Config is how an installation is set up: flags, or SARNAKH_* in the environment.
type Config struct {
	Addr      string    `env:"SARNAKH_ADDR" default:"127.0.0.1:8080" help:"Where pages are served: host:port."`
	Data      string    `env:"SARNAKH_DATA" default:"./data" help:"Folder for the embedded database and the secret."`
	Database  string    `env:"SARNAKH_DATABASE" help:"postgres://… ; empty for the embedded SQLite in the data folder."`
	Redis     string    `env:"SARNAKH_REDIS" help:"redis://, rediss://, redis+sentinel:// or redis+cluster:// ; empty for the embedded Redis."`
	SMTP      string    `name:"smtp" env:"SARNAKH_SMTP" help:"smtp://user:password@host:587 or smtps://… ; empty keeps all mail in the mailbox at /dev/mailbox."`
	PublicURL string    `env:"SARNAKH_PUBLIC_URL" help:"How visitors reach this server; http:// and the address when empty."`
	Secret    string    `env:"SARNAKH_SECRET" help:"Signs links and cookies: 16 characters or more, the same on every server; made and kept in the data folder when empty."`
	From      string    `env:"SARNAKH_FROM" default:"Sarnakh <hello@sarnakh.localhost>" help:"Sender of the mails: Name <address>."`
	Brand     string    `env:"SARNAKH_BRAND" help:"Whose mails these are; the sender's name when empty."`
	Address   string    `env:"SARNAKH_ADDRESS" help:"The postal address at the foot of each mail."`
	Color     string    `env:"SARNAKH_COLOR" help:"The mails' one colour, as #0d6e68."`
	Language  string    `env:"SARNAKH_LANGUAGE" default:"en" help:"Language of a reader who has not said: fa or en."`
	Zone      string    `env:"SARNAKH_ZONE" default:"Local" help:"Time zone in which times are shown, as Asia/Tehran."`
	APIRate   int       `name:"api-rate" env:"SARNAKH_API_RATE" default:"50" help:"Requests a second that one API key may make, twice as many at once after a quiet second; 0 for no limit."`
	Private   bool      `name:"webhook-private" env:"SARNAKH_WEBHOOK_PRIVATE" help:"Let webhooks reach this machine and private networks."`
	LogLevel  string    `env:"SARNAKH_LOG_LEVEL" default:"info" help:"debug, info, warn or error."`
	brandText i18n.Text // the demo's own, in both languages
	LogFormat string    `env:"SARNAKH_LOG_FORMAT" default:"text" help:"text or json."`
}

var colorPattern = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// check says in one sentence what is wrong with the first bad value.
func (c *Config) check() error {
	if _, port, err := net.SplitHostPort(c.Addr); err != nil || port == "" {
		return usagef("SARNAKH_ADDR: %q is not host:port; write 127.0.0.1:8080", c.Addr)
	}
	if c.Database != "" && !strings.HasPrefix(c.Database, "postgres://") && !strings.HasPrefix(c.Database, "postgresql://") {
		return usagef("SARNAKH_DATABASE: begin with postgres://, or leave it empty for the embedded SQLite")
	}
	if err := c.checkURLs(); err != nil {
		return err
	}
	if _, err := mail.ParseAddress(c.From); err != nil {
		return usagef("SARNAKH_FROM: %q is not a sender; write Name <name@example.com>", c.From)
	}
	if c.Color != "" && !colorPattern.MatchString(c.Color) {
		return usagef("SARNAKH_COLOR: %q is not a colour; write # and six hexadecimal digits, as #0d6e68", c.Color)
	}
	if _, ok := i18n.Parse(c.Language); !ok {
		return usagef("SARNAKH_LANGUAGE: %q is neither fa nor en", c.Language)
	}
	if _, err := time.LoadLocation(c.Zone); err != nil {
		return usagef("SARNAKH_ZONE: %q is not a time zone; write Asia/Tehran or UTC", c.Zone)
	}
	if c.APIRate < 0 || c.APIRate > 100_000 {
		return usagef("SARNAKH_API_RATE: %d is not from 1 to 100000; write 0 for no limit", c.APIRate)
	}
	if c.Secret != "" && len(c.Secret) < 16 {
		return usagef("SARNAKH_SECRET: 16 characters or more are needed")
	}
	if _, err := c.level(); err != nil {
		return err
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		return usagef("SARNAKH_LOG_FORMAT: %q is neither text nor json", c.LogFormat)
	}
	return nil
}

func (c *Config) checkURLs() error {
	schemes := func(name, value string, allowed ...string) error {
		if value == "" {
			return nil
		}
		scheme, rest, ok := strings.Cut(value, "://")
		for _, a := range allowed {
			if ok && rest != "" && scheme == a {
				return nil
			}
		}
		return usagef("%s: begin with %s://, or leave it empty", name, strings.Join(allowed, "://, "))
	}
	if err := schemes("SARNAKH_REDIS", c.Redis, "redis", "rediss", "redis+sentinel", "redis+cluster"); err != nil {
		return err
	}
	if err := schemes("SARNAKH_SMTP", c.SMTP, "smtp", "smtps"); err != nil {
		return err
	}
	if err := schemes("SARNAKH_PUBLIC_URL", c.PublicURL, "http", "https"); err != nil {
		return err
	}
	if u, err := url.Parse(c.PublicURL); err != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return usagef("SARNAKH_PUBLIC_URL: write scheme and host only, as https://www.example.com")
	}
	return nil
}

func (c *Config) level() (slog.Level, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return l, usagef("SARNAKH_LOG_LEVEL: %q is none of debug, info, warn, error", c.LogLevel)
	}
	return l, nil
}

// logger writes the log to w.
func (c *Config) logger(w io.Writer) *slog.Logger {
	level, _ := c.level() // checked before
	options := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(discreet.Handler{Handler: slog.NewJSONHandler(w, options)})
	}
	return slog.New(discreet.Handler{Handler: slog.NewTextHandler(w, options)})
}

// publicURL is how visitors reach the server that listens at addr.
func (c *Config) publicURL(addr string) string {
	if c.PublicURL != "" {
		return strings.TrimRight(c.PublicURL, "/")
	}
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// makeData makes the data folder, for this user's eyes only.
func (c *Config) makeData() error {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return usagef("SARNAKH_DATA: the folder %s cannot be made: %v", c.Data, errors.Unwrap(err))
	}
	return nil
}

// where names the database without its password.
func (c *Config) where() string {
	if c.Database == "" {
		return filepath.Join(c.Data, "sarnakh.db")
	}
	u, err := url.Parse(c.Database)
	if err != nil {
		return "postgres"
	}
	return u.Redacted()
}

// lockData makes sure that one process only serves from the data folder: the system
// takes the lock back when the process ends, however it ends.
func (c *Config) lockData() (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(c.Data, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, usagef("SARNAKH_DATA: another Sarnakh is running on %s; stop it, or name another folder", c.Data)
	}
	return func() { _ = f.Close() }, nil
}

// secret returns the installation's secret; on the first start it makes one and
// keeps it in the data folder.
func (c *Config) secret() ([]byte, error) {
	if c.Secret != "" {
		return []byte(c.Secret), nil
	}
	path := filepath.Join(c.Data, "secret")
	raw, err := os.ReadFile(path)
	if err == nil && len(raw) >= 16 {
		return raw, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the secret: %w", err)
	}
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return nil, err
	}
	text := []byte(base64.RawURLEncoding.EncodeToString(fresh))
	// Two processes that start together must end with one secret: the file is made
	// whole under another name, and only the first link to the real name succeeds.
	temp := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := writeSynced(temp, text); err != nil {
		return nil, fmt.Errorf("keep the secret: %w", err)
	}
	defer os.Remove(temp)
	if err := os.Link(temp, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("keep the secret: %w", err)
	}
	if raw, err = os.ReadFile(path); err == nil && len(raw) < 16 {
		err = usagef("the secret in %s is damaged: put the right one back, or remove the file (links in mails already sent then stop working)", path)
	}
	return raw, err
}

// writeSynced writes a file that survives a power cut.
func writeSynced(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func (c *Config) zone() *time.Location {
	zone, _ := time.LoadLocation(c.Zone) // checked before
	return zone
}

func (c *Config) language() i18n.Lang {
	l, _ := i18n.Parse(c.Language) // checked before
	return l
}
