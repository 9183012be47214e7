package mail_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/jhillyerd/enmime/v2"

	"github.com/sarnakh/sarnakh/internal/mail"
)

func letter() *mail.Message {
	return &mail.Message{
		ID:          "k3y@shop.example",
		From:        mail.Address{Name: "خانهٔ قهوه", Email: "hello@shop.example"},
		To:          mail.Address{Name: "مینا رضایی", Email: "mina@example.com"},
		Subject:     "راهنمای دم‌کردن قهوه در خانه، همان‌طور که قول داده بودیم، آماده است",
		HTML:        "<html lang=fa dir=rtl><p>سلام مینا</p></html>",
		Text:        "سلام مینا\nقهوه آماده است",
		Language:    "fa",
		Date:        time.Date(2026, 3, 21, 8, 30, 0, 0, time.UTC),
		Unsubscribe: "https://shop.example/t/u/1.abc",
	}
}

func parse(t *testing.T, m *mail.Message) (*enmime.Envelope, []byte) {
	t.Helper()
	raw, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	e, err := enmime.ReadEnvelope(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	if len(e.Errors) > 0 {
		t.Errorf("a mail program complains: %v", e.Errors)
	}
	return e, raw
}

func TestPersianArrivesAsItWasWritten(t *testing.T) {
	m := letter()
	e, raw := parse(t, m)
	if got := e.GetHeader("Subject"); got != m.Subject {
		t.Errorf("subject %q", got)
	}
	if got := e.GetHeader("From"); !strings.Contains(got, m.From.Name) {
		t.Errorf("from %q", got)
	}
	if got := strings.ReplaceAll(e.Text, "\r\n", "\n"); got != m.Text {
		t.Errorf("text %q", got)
	}
	if e.HTML != m.HTML {
		t.Errorf("html %q", e.HTML)
	}
	for _, line := range strings.Split(string(raw), "\r\n") {
		if len(line) > 78 {
			t.Errorf("%d bytes in one line: %s", len(line), line)
		}
		for _, c := range []byte(line) {
			if c > 126 {
				t.Fatalf("not ASCII: %q", line)
			}
		}
	}
}

func TestTextComesBeforeHTML(t *testing.T) {
	e, _ := parse(t, letter())
	root := e.Root
	if root.ContentType != "multipart/alternative" || root.FirstChild.ContentType != "text/plain" || root.FirstChild.NextSibling.ContentType != "text/html" {
		t.Errorf("%s of %s and %s", root.ContentType, root.FirstChild.ContentType, root.FirstChild.NextSibling.ContentType)
	}
}

func TestHeadersOfBulkMail(t *testing.T) {
	e, _ := parse(t, letter())
	for name, want := range map[string]string{
		"Message-ID":            "<k3y@shop.example>",
		"Date":                  "Sat, 21 Mar 2026 08:30:00 +0000",
		"List-Unsubscribe":      "<https://shop.example/t/u/1.abc>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"Precedence":            "bulk",
		"Auto-Submitted":        "auto-generated",
		"Content-Language":      "fa",
		"MIME-Version":          "1.0",
	} {
		if got := e.GetHeader(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := e.GetHeader("User-Agent"); got != "" {
		t.Errorf("it says what wrote it: %s", got)
	}
}

func TestSameMessageIsSameBytes(t *testing.T) {
	first, err := letter().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := letter().Encode()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, again) {
			t.Fatalf("differs:\n%s\n---\n%s", first, again)
		}
	}
}

func TestNoValueCanBeginAHeader(t *testing.T) {
	attack := "x\r\nBcc: everyone@example.com\r\n\r\nbody"
	m := letter()
	m.Subject, m.From.Name, m.To.Name, m.Language = attack, attack, "a\" <b@c.de>,\n\tEvil", "fa\r\nX-Evil: 1"
	e, raw := parse(t, m)
	if got := e.GetHeader("Bcc"); got != "" {
		t.Errorf("Bcc: %s\n%s", got, raw)
	}
	if e.GetHeader("X-Evil") != "" || len(e.GetHeaderKeys()) != 13 {
		t.Errorf("%d headers %v\n%s", len(e.GetHeaderKeys()), e.GetHeaderKeys(), raw)
	}
	to, err := e.AddressList("To")
	if err != nil || len(to) != 1 || to[0].Address != "mina@example.com" {
		t.Errorf("to %v, %v", to, err)
	}
	for _, bad := range []string{"a@b.c\r\nRCPT TO:<x@y.z>", "a@b.c>", "<a@b.c", "a b@c.d", "a@b.c, d@e.f", "", "@", "a", "a\x00@b.c", `"a b"@c.d`, "a@b.c "} {
		m := letter()
		m.To.Email = bad
		if _, err := m.Encode(); err == nil {
			t.Errorf("recipient %q passes", bad)
		}
		m = letter()
		m.ID = bad
		if _, err := m.Encode(); err == nil {
			t.Errorf("message id %q passes", bad)
		}
	}
	m = letter()
	m.Unsubscribe = "https://x/\r\nX-Evil: 1"
	if _, err := m.Encode(); err == nil {
		t.Error("an unsubscribe address with a line end passes")
	}
}
