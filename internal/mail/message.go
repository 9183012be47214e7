package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
)

// Address is a mailbox and the name of whoever reads it, which may be empty.
type Address struct {
	Name  string
	Email string
}

// Message is an e-mail, ready to go to one recipient. The same Message is always
// written as the same bytes.
type Message struct {
	ID       string // the Message-ID without its brackets: local@domain
	From     Address
	To       Address
	Subject  string
	HTML     string
	Text     string    // what programs without HTML show
	Language string    // "fa" or "en"; empty when unknown
	Date     time.Time // when it was sent, on the sender's clock
	// Unsubscribe is the address that a POST ends the subscription at (RFC 8058).
	// A message that has one is marked as bulk mail.
	Unsubscribe string
}

// Encode writes the message as it travels: headers, then the text part and the
// HTML part as alternatives. It fails when an address, the id or the unsubscribe
// address is not one; control characters in the subject and in names become
// spaces, so that no value can begin a header of its own.
func (m *Message) Encode() ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(m.ID))
	out := gomail.NewMsg(
		gomail.WithNoDefaultUserAgent(),
		gomail.WithEncoding(encoding(m.Subject)),
		gomail.WithBoundary("part-"+hex.EncodeToString(sum[:12])),
	)
	out.FromMailAddress(m.From.address())
	out.ToMailAddress(m.To.address())
	out.Subject(oneLine(m.Subject))
	out.SetMessageIDWithValue(m.ID)
	out.SetDateWithValue(m.Date)
	out.SetGenHeader("Auto-Submitted", "auto-generated")
	if m.Language != "" {
		out.SetGenHeader(gomail.HeaderContentLang, oneLine(m.Language))
	}
	if m.Unsubscribe != "" {
		out.SetBulk()
		out.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+m.Unsubscribe+">")
		out.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	// The last alternative is the one that a program shows if it can.
	out.SetBodyString(gomail.TypeTextPlain, lines(m.Text), gomail.WithPartEncoding(encoding(m.Text)))
	out.AddAlternativeString(gomail.TypeTextHTML, lines(m.HTML), gomail.WithPartEncoding(encoding(m.HTML)))
	var b bytes.Buffer
	if _, err := out.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("mail: write: %w", err)
	}
	return b.Bytes(), nil
}

func (m *Message) check() error {
	if err := CheckAddress(m.From.Email); err != nil {
		return fmt.Errorf("mail: sender: %w", err)
	}
	if err := CheckAddress(m.To.Email); err != nil {
		return fmt.Errorf("mail: recipient: %w", err)
	}
	if err := CheckAddress(m.ID); err != nil {
		return errors.New("mail: the message id must look like name@domain")
	}
	if strings.ContainsFunc(m.Unsubscribe, func(r rune) bool { return r <= ' ' || r > '~' || r == '<' || r == '>' }) {
		return errors.New("mail: the unsubscribe address holds characters that a URL cannot")
	}
	return nil
}

// CheckAddress says what is wrong with an e-mail address, if anything is. It does
// not repeat the address, so that the error may be logged.
func CheckAddress(email string) error {
	a, err := netmail.ParseAddress("<" + email + ">")
	if err != nil || a.Address != email || strings.ContainsFunc(email, notInAddress) {
		return errors.New("this is not an e-mail address")
	}
	return nil
}

// notInAddress is stricter than RFC 5322: quoted spaces and the like are legal
// there and in use nowhere.
func notInAddress(r rune) bool {
	return r <= ' ' || r == 0x7f || unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`<>()",:;\[]`, r)
}

func (a Address) address() *netmail.Address {
	return &netmail.Address{Name: oneLine(a.Name), Address: a.Email}
}

// oneLine makes every run of control characters and line separators one space.
func oneLine(s string) string {
	fold := func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }
	if !strings.ContainsFunc(s, fold) {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, fold), " ")
}

// lines gives every line the end that e-mail asks for.
func lines(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
}

// encoding is the shorter way to write a text in ASCII: Persian in base64 takes
// less than half of what it takes in quoted-printable, English the other way round.
func encoding(s string) gomail.Encoding {
	if wide := len(s) - utf8.RuneCountInString(s); wide*6 > len(s) {
		return gomail.EncodingB64
	}
	return gomail.EncodingQP
}
