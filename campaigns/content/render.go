package content

import (
	"fmt"
	"html/template"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Links are the addresses that are one e-mail's own.
type Links struct {
	// Track returns the address to put in an address's place; nil leaves it as it is.
	Track       func(url string) string
	Pixel       string // a picture that tells of opening; none when empty
	Unsubscribe string // none when empty: only previews do without
}

// Message is an e-mail ready to be sent.
type Message struct {
	Lang     i18n.Lang
	FromName string
	Subject  string
	HTML     string
	Text     string
}

// Render fills the letter in for one reader. It fails when a merge tag does, or
// when it makes an address into something that is none.
func (l *Letter) Render(r Reader, b Brand, links Links) (Message, error) {
	f, err := l.fill(r)
	if err != nil {
		return Message{}, err
	}
	f.track(links.Track)
	name := b.Name.In(l.locale.Lang)
	s := sheet{
		Locale: l.locale, Brand: name, Address: b.Address.In(l.locale.Lang), Logo: b.Logo,
		Subject: f.subject, Preheader: f.preheader, Blocks: f.blocks,
		Unsubscribe: links.Unsubscribe, Pixel: links.Pixel, Requested: l.requested,
		AccentAttr: b.color(), Accent: template.CSS(b.color()), OnAccent: template.CSS(onColor(b.color())),
	}
	m := Message{Lang: l.locale.Lang, FromName: f.fromName, Subject: f.subject, Text: s.text()}
	if m.FromName == "" {
		m.FromName = name
	}
	if m.HTML, err = s.html(); err != nil {
		return Message{}, err
	}
	return m, nil
}

// Subject fills in the subject alone.
func (l *Letter) Subject(r Reader) (string, error) {
	p := pen{vars: r.vars(l.locale.Lang)}
	return p.words(l.subject, "subject"), p.err
}

// filled is a letter with everything filled in.
type filled struct {
	subject, preheader, fromName string
	blocks                       []shown
}

func (l *Letter) fill(r Reader) (*filled, error) {
	p := pen{vars: r.vars(l.locale.Lang)}
	f := &filled{
		subject:   p.words(l.subject, "subject"),
		preheader: p.words(l.preheader, "preheader"),
		fromName:  p.words(l.fromName, "from_name"),
	}
	titled := false
	for i, b := range l.blocks {
		path := fmt.Sprintf("blocks[%d]", i)
		s := shown{Kind: b.kind}
		switch b.kind {
		case "heading":
			s.Words, s.First = p.words(b.text, path), !titled
			titled = true
		case "text", "signature":
			s.Paragraphs = p.paragraphs(b.text, path)
		case "button":
			s.Words, s.URL = p.words(b.text, path), p.address(b.url, path)
		case "image":
			s.Words, s.Src, s.URL = p.words(b.text, path), p.address(b.image, path), p.address(b.url, path)
		case "points":
			s.Words = l.locale.Num(r.Points)
		case "offer":
			if r.Offer == nil {
				continue
			}
			s.Words, s.Code = r.Offer.Title.In(l.locale.Lang), r.Offer.Code
			if !r.Offer.ExpiresAt.IsZero() {
				s.Expires = l.locale.T("campaigns.letter.expires", "date", r.Offer.ExpiresAt)
			}
		}
		f.blocks = append(f.blocks, s)
	}
	return f, p.err
}

// track puts the tracked address in the place of each link's.
func (f *filled) track(by func(string) string) {
	if by == nil {
		return
	}
	for i := range f.blocks {
		b := &f.blocks[i]
		if b.URL != "" {
			b.URL = by(b.URL)
		}
		for _, p := range b.Paragraphs {
			for _, l := range p.Lines {
				for j := range l {
					if l[j].URL != "" {
						l[j].URL = by(l[j].URL)
					}
				}
			}
		}
	}
}

// pen fills texts in and remembers the first failure.
type pen struct {
	vars map[string]any
	err  error
}

func (p *pen) fill(m *merged, path string) string {
	if m == nil || p.err != nil {
		return ""
	}
	text, err := m.fill(p.vars)
	if err != nil {
		p.err = fmt.Errorf("%s: %w", path, err)
	}
	return text
}

// words is one line without markup.
func (p *pen) words(m *merged, path string) string {
	return plain(unescapeMarkup(p.fill(m, path)))
}

func (p *pen) paragraphs(m *merged, path string) []paragraph {
	out := paragraphs(p.fill(m, path))
	for _, par := range out {
		for _, l := range par.Lines {
			for i := range l {
				if l[i].URL != "" {
					l[i].URL = p.proper(l[i].URL, path)
				}
			}
		}
	}
	return out
}

func (p *pen) address(m *merged, path string) string {
	if m == nil {
		return ""
	}
	return p.proper(p.fill(m, path), path)
}

func (p *pen) proper(text, path string) string {
	if p.err != nil {
		return ""
	}
	out, err := address(text)
	if err != nil {
		p.err = fmt.Errorf("%s: %w", path, err)
	}
	return out
}
