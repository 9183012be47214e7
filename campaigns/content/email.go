package content

import (
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// What an e-mail is for.
const (
	// PurposeMarketing: it goes only to those who agreed to marketing.
	PurposeMarketing = "marketing"
	// PurposeRequested: the person asked for just this, as an answer to a form. It
	// needs no agreement to marketing, and there is no advertising in it.
	PurposeRequested = "requested"
)

// Email is what an e-mail document says.
type Email struct {
	Name      i18n.Text `json:"name" yaml:"name"` // for the people of the workspace
	Subject   i18n.Text `json:"subject" yaml:"subject"`
	Preheader i18n.Text `json:"preheader,omitempty" yaml:"preheader,omitempty"` // shown after the subject in lists
	FromName  i18n.Text `json:"from_name,omitempty" yaml:"from_name,omitempty"` // the brand's name when empty
	// Purpose is "marketing" (also when empty) or "requested": the person asked for
	// just this, as an answer to a form. Requested e-mails go out without consent to
	// marketing, so there must be no advertising in them; an offer is refused.
	Purpose string  `json:"purpose,omitempty" yaml:"purpose,omitempty" jsonschema:"enum=marketing,enum=requested"`
	Blocks  []Block `json:"blocks" yaml:"blocks"`
	// Experiment, of surface email, says which of the variants a reader gets.
	Experiment string    `json:"experiment,omitempty" yaml:"experiment,omitempty"`
	Variants   []Variant `json:"variants,omitempty" yaml:"variants,omitempty"`
}

// Requested says whether the person asked for just this e-mail.
func (e Email) Requested() bool { return e.Purpose == PurposeRequested }

// Block is one part of an e-mail. Exactly one field is set.
type Block struct {
	Heading i18n.Text `json:"heading,omitempty" yaml:"heading,omitempty"`
	// Text is paragraphs with blank lines between, lists of lines that begin with
	// "- ", **bold** and [links](https://…).
	Text      i18n.Text `json:"text,omitempty" yaml:"text,omitempty"`
	Button    *Button   `json:"button,omitempty" yaml:"button,omitempty"`
	Image     *Image    `json:"image,omitempty" yaml:"image,omitempty"`
	Divider   bool      `json:"divider,omitempty" yaml:"divider,omitempty"`
	Points    bool      `json:"points,omitempty" yaml:"points,omitempty"` // the reader's balance
	Offer     bool      `json:"offer,omitempty" yaml:"offer,omitempty"`   // the offer that the journey granted
	Signature i18n.Text `json:"signature,omitempty" yaml:"signature,omitempty"`
}

// Button is the one thing that the reader should do.
type Button struct {
	Label i18n.Text `json:"label" yaml:"label"`
	URL   i18n.Text `json:"url" yaml:"url"`
}

// Image is a picture, as wide as the e-mail. With a URL it is a link.
type Image struct {
	Src i18n.Text `json:"src" yaml:"src"`
	Alt i18n.Text `json:"alt" yaml:"alt"` // what who cannot see it should read
	URL i18n.Text `json:"url,omitempty" yaml:"url,omitempty"`
}

// ShowsOffer says whether the e-mail makes no sense without a granted offer: it, or one of
// its variants, has a block for it or leads to its page. Who has no offer gets none of the
// variants, so that those who get one are alike.
func (e Email) ShowsOffer() bool { return slices.ContainsFunc(e.versions(), Email.showsOffer) }

func (e Email) showsOffer() bool {
	leads := func(texts ...i18n.Text) bool {
		return slices.ContainsFunc(texts, func(t i18n.Text) bool {
			return slices.ContainsFunc(i18n.Langs, func(l i18n.Lang) bool { return strings.Contains(t[l], "offer.url") })
		})
	}
	return slices.ContainsFunc(e.Blocks, func(b Block) bool {
		return b.Offer || leads(b.Text, b.Signature) || b.Button != nil && leads(b.Button.URL) || b.Image != nil && leads(b.Image.URL)
	})
}

// Langs lists the languages that the e-mail can be sent in: those of its subject.
func (e Email) Langs() []i18n.Lang {
	var out []i18n.Lang
	for _, l := range i18n.Langs {
		if e.Subject[l] != "" {
			out = append(out, l)
		}
	}
	return out
}

// Lang is the language to send in: the wanted one when the e-mail speaks it, else
// one that it does speak.
func (e Email) Lang(wanted i18n.Lang) i18n.Lang {
	if e.Subject[wanted] != "" {
		return wanted
	}
	if langs := e.Langs(); len(langs) > 0 {
		return langs[0]
	}
	return wanted
}
