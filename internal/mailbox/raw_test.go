package mailbox_test

import (
	"net/smtp"
	"strings"
	"testing"
)

func sendRaw(t *testing.T, url, raw string) {
	t.Helper()
	c, err := smtp.Dial(strings.TrimPrefix(url, "smtp://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Mail("a@example.com"); err != nil {
		t.Fatal(err)
	}
	if err := c.Rcpt("b@example.com"); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(raw)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}
