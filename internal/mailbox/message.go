package mailbox

import (
	"bytes"
	"mime"
	netmail "net/mail"
	"slices"
	"strings"
	"time"

	"github.com/jhillyerd/enmime/v2"
	"github.com/uptrace/bun"
	"golang.org/x/net/html"
)

// Message is one e-mail as one recipient got it.
type Message struct {
	bun.BaseModel `bun:"table:mailbox_messages,alias:message"`

	ID         int64 `bun:",pk,autoincrement"`
	Sender     string
	Recipient  string // in lower case
	FromName   string
	Subject    string
	SentAt     time.Time // the Date header, else ReceivedAt
	ReceivedAt time.Time // domain time
	Raw        []byte
}

// Content is what a mail program reads out of a message.
type Content struct {
	Headers     []Header // in their order, decoded
	Text        string
	HTML        string
	Links       []Link   // of the HTML, in their order, each address once
	Images      []string // addresses of the pictures that showing the HTML loads
	Unsubscribe string   // the address in List-Unsubscribe
}

// Header is one line of the head.
type Header struct{ Name, Value string }

// Link is one link of the HTML and the words it stands on.
type Link struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

// newMessage reads from a message what the list shows. What cannot be read stays
// empty: a mailbox takes everything.
func newMessage(sender, recipient string, raw []byte, now time.Time) *Message {
	m := &Message{Sender: clean(sender), Recipient: strings.ToLower(clean(recipient)), SentAt: now, ReceivedAt: now, Raw: raw}
	head, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return m
	}
	m.Subject = decode(head.Header.Get("Subject"))
	if from, err := head.Header.AddressList("From"); err == nil && len(from) > 0 {
		m.FromName = clean(from[0].Name)
	}
	if sent, err := head.Header.Date(); err == nil {
		m.SentAt = sent.UTC()
	}
	return m
}

// Read takes the message apart. One that no mail program could read is all text.
func (m *Message) Read() *Content {
	c := &Content{Headers: headers(m.Raw)}
	envelope, err := enmime.ReadEnvelope(bytes.NewReader(m.Raw))
	if err != nil {
		c.Text = clean(string(m.Raw))
		return c
	}
	c.Text, c.HTML = envelope.Text, envelope.HTML
	c.Unsubscribe = strings.Trim(strings.TrimSpace(envelope.GetHeader("List-Unsubscribe")), "<>")
	c.scan()
	return c
}

// scan finds the links and pictures of the HTML.
func (c *Content) scan() {
	z := html.NewTokenizer(strings.NewReader(c.HTML))
	open := -1 // the link whose words are being read
	for {
		switch z.Next() {
		case html.ErrorToken:
			for i := range c.Links {
				c.Links[i].Text = strings.Join(strings.Fields(c.Links[i].Text), " ")
			}
			return
		case html.TextToken:
			if open >= 0 {
				c.Links[open].Text += string(z.Text())
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "a" {
				open = -1
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			switch token.Data {
			case "a":
				open = c.addLink(attribute(token, "href"))
			case "img":
				if src := attribute(token, "src"); src != "" && !slices.Contains(c.Images, src) {
					c.Images = append(c.Images, src)
				}
				if open >= 0 {
					c.Links[open].Text += " " + attribute(token, "alt")
				}
			}
		}
	}
}

// addLink returns the place of a new link, or -1 for one that is known or empty.
func (c *Content) addLink(href string) int {
	if href == "" || slices.ContainsFunc(c.Links, func(l Link) bool { return l.Href == href }) {
		return -1
	}
	c.Links = append(c.Links, Link{Href: href})
	return len(c.Links) - 1
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}

// headers lists the head as it came, unfolded and decoded.
func headers(raw []byte) []Header {
	head, _, _ := bytes.Cut(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	var out []Header
	for _, line := range strings.Split(string(head), "\n") {
		if line != "" && (line[0] == ' ' || line[0] == '\t') && len(out) > 0 {
			out[len(out)-1].Value += line
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		out = append(out, Header{Name: clean(name), Value: strings.TrimSpace(value)})
	}
	for i := range out {
		out[i].Value = decode(out[i].Value)
	}
	return out
}

func decode(s string) string {
	decoded, err := new(mime.WordDecoder).DecodeHeader(s)
	if err != nil {
		decoded = s
	}
	return clean(decoded)
}

// clean keeps out what neither database stores in a text.
func clean(s string) string { return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD") }
