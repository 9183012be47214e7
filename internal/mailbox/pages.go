package mailbox

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/web"
)

const perPage = 50

type pages struct {
	m   *Mailbox
	kit *web.Kit
}

type listPage struct {
	web.Page
	To       string
	Messages []row
	Next     int64 // the id before which the next page begins; 0 on the last
	First    bool
}

type row struct {
	ID           int64
	From, To     string
	Subject, Dir string
	SentAt       time.Time
}

// list shows what was sent, the newest first.
func (p pages) list(w http.ResponseWriter, r *http.Request) error {
	o := options(r)
	o.Limit, o.OldestFirst, o.Brief = perPage, false, true
	found, more, err := p.m.List(r.Context(), o)
	if err != nil {
		return err
	}
	data := listPage{Page: p.kit.StaffPage(w, r, "mailbox.title"), To: o.To, First: o.Before == 0}
	for _, m := range found {
		data.Messages = append(data.Messages, row{m.ID, m.from(), m.Recipient, m.subject(data.Page), i18n.Direction(m.Subject), m.SentAt})
	}
	if more {
		data.Next = found[len(found)-1].ID
	}
	return p.kit.Render(w, http.StatusOK, "app", "mailbox_list", data)
}

type detailPage struct {
	web.Page
	Message *Message
	From    string
	Content *Content
	Text    []paragraph
	View    string // "html", "text", "headers" or "source"
	Images  bool   // whether the frame loads pictures
	Source  string
}

// paragraph is a piece of the text part between empty lines.
type paragraph struct {
	Dir   string
	Lines []string
}

func paragraphs(text string) []paragraph {
	var out []paragraph
	for _, piece := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if piece = strings.Trim(piece, "\n"); piece != "" {
			out = append(out, paragraph{i18n.Direction(piece), strings.Split(piece, "\n")})
		}
	}
	return out
}

// detail shows one message as a mail program would, or as it is inside.
func (p pages) detail(w http.ResponseWriter, r *http.Request) error {
	m, c, err := p.open(r)
	if err != nil {
		return err
	}
	page := p.kit.StaffPage(w, r, "mailbox.title")
	page.Title = m.subject(page)
	data := detailPage{Page: page, Message: m, From: m.from(), Content: c, View: r.URL.Query().Get("view")}
	switch data.View {
	case "headers":
	case "text":
		data.Text = paragraphs(c.Text)
	case "source":
		data.Source = strings.ToValidUTF8(strings.ReplaceAll(string(m.Raw), "\r\n", "\n"), "\uFFFD")
	default:
		data.View = "html"
		if c.HTML == "" {
			data.View, data.Text = "text", paragraphs(c.Text)
		}
	}
	data.Images = r.URL.Query().Get("images") == "1"
	return p.kit.Render(w, http.StatusOK, "app", "mailbox_detail", data)
}

// policy lets an e-mail do nothing but look like one: no scripts, no forms, and
// links that open beside it.
const policy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; " +
	"style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'self'; img-src data:"

var headTag = regexp.MustCompile(`(?i)<head(\s[^>]*)?>`)

// html is the HTML part for the frame on the page. Pictures are left out unless
// asked for, as many mail programs do: loading them tells the sender so.
func (p pages) html(w http.ResponseWriter, r *http.Request) error {
	_, c, err := p.open(r)
	if err != nil {
		return err
	}
	allowed := policy
	if r.URL.Query().Get("images") == "1" {
		allowed += " http: https:"
	}
	const base = `<base target="_blank">`
	body := c.HTML
	if at := headTag.FindStringIndex(body); at != nil {
		body = body[:at[1]] + base + body[at[1]:]
	} else {
		body = base + body
	}
	h := w.Header()
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Content-Security-Policy", allowed)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, err = w.Write([]byte(body))
	return err
}

// source is the message as it came, to be kept as a file.
func (p pages) source(w http.ResponseWriter, r *http.Request) error {
	m, err := p.find(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "message/rfc822")
	w.Header().Set("Content-Disposition", `attachment; filename="message-`+strconv.FormatInt(m.ID, 10)+`.eml"`)
	_, err = w.Write(m.Raw)
	return err
}

func (p pages) clear(w http.ResponseWriter, r *http.Request) error {
	if err := p.m.Clear(r.Context()); err != nil {
		return err
	}
	web.SetFlash(w, "good", p.kit.Page(r, "mailbox.title").T("mailbox.cleared"))
	return web.Redirect(w, r, "/dev/mailbox")
}

func (p pages) find(r *http.Request) (*Message, error) {
	id, err := web.ID(r)
	if err != nil {
		return nil, err
	}
	return p.m.Find(r.Context(), id)
}

func (p pages) open(r *http.Request) (*Message, *Content, error) {
	m, err := p.find(r)
	if err != nil {
		return nil, nil, err
	}
	return m, m.Read(), nil
}

func (m *Message) from() string {
	if m.FromName != "" {
		return m.FromName
	}
	return m.Sender
}

func (m *Message) subject(p web.Page) string {
	if m.Subject == "" {
		return p.T("mailbox.no_subject")
	}
	return m.Subject
}

func options(r *http.Request) ListOptions {
	q := r.URL.Query()
	return ListOptions{
		To: strings.TrimSpace(q.Get("to")), Before: number(r, "before"), After: number(r, "after"), OldestFirst: q.Has("after"),
	}
}

// number reads a row number from the query; anything else counts as none.
func number(r *http.Request, name string) int64 {
	n, err := strconv.ParseInt(r.URL.Query().Get(name), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
