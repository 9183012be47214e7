package content

import (
	"fmt"
	"strings"

	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
)

const maxBlocks = 100

// Letter is an e-mail in one language, parsed once and filled in for each reader.
type Letter struct {
	locale    i18n.Locale
	requested bool
	subject   *merged
	preheader *merged
	fromName  *merged
	blocks    []block
}

// block is a Block with its texts parsed.
type block struct {
	kind  string // as in YAML
	text  *merged
	url   *merged // of a button, of an image that is a link
	image *merged
}

// Compile parses the e-mail in the language of the locale. What is wrong comes as
// errs.Fields, the place ("blocks[2].button.url") to what is wrong there.
func Compile(e Email, l i18n.Locale) (*Letter, error) {
	c := compiler{locale: l, problems: errs.Fields{}}
	letter := &Letter{
		locale:    l,
		requested: e.Requested(),
		subject:   c.text(e.Subject, "subject"),
		preheader: c.text(e.Preheader, "preheader"),
		fromName:  c.text(e.FromName, "from_name"),
	}
	for i, b := range e.Blocks {
		letter.blocks = append(letter.blocks, c.block(b, fmt.Sprintf("blocks[%d]", i)))
	}
	if err := c.problems.OrNil(); err != nil {
		return nil, err
	}
	return letter, nil
}

type compiler struct {
	locale   i18n.Locale
	problems errs.Fields
}

func (c *compiler) text(t i18n.Text, path string) *merged {
	return c.compile(t, path, false)
}

// address parses an address; optional ones may be empty.
func (c *compiler) address(t i18n.Text, path string) *merged {
	source := t.In(c.locale.Lang)
	if source == "" {
		return nil
	}
	if err := checkAddress(source); err != nil {
		c.problems[path] = err.Error()
		return nil
	}
	return c.compile(t, path, true)
}

func (c *compiler) compile(t i18n.Text, path string, address bool) *merged {
	source := t.In(c.locale.Lang)
	if !address {
		if err := checkLinks(source); err != nil {
			c.problems[path] = err.Error()
			return nil
		}
	}
	m, err := compileMerge(source, c.locale, address)
	if err != nil {
		c.problems[path] = err.Error()
	}
	return m
}

func (c *compiler) block(b Block, path string) block {
	switch b.kind() {
	case "heading":
		return block{kind: "heading", text: c.text(b.Heading, path+".heading")}
	case "text":
		return block{kind: "text", text: c.text(b.Text, path+".text")}
	case "signature":
		return block{kind: "signature", text: c.text(b.Signature, path+".signature")}
	case "button":
		return block{kind: "button", text: c.text(b.Button.Label, path+".button.label"), url: c.address(b.Button.URL, path+".button.url")}
	case "image":
		return block{
			kind: "image", text: c.text(b.Image.Alt, path+".image.alt"),
			image: c.address(b.Image.Src, path+".image.src"), url: c.address(b.Image.URL, path+".image.url"),
		}
	}
	return block{kind: b.kind()}
}

// kind is the block's only field, "" when none is set and "several" when more are.
func (b Block) kind() string {
	var kinds []string
	for _, k := range []struct {
		kind string
		set  bool
	}{
		{"heading", !b.Heading.Empty()}, {"text", !b.Text.Empty()}, {"button", b.Button != nil}, {"image", b.Image != nil},
		{"divider", b.Divider}, {"points", b.Points}, {"offer", b.Offer}, {"signature", !b.Signature.Empty()},
	} {
		if k.set {
			kinds = append(kinds, k.kind)
		}
	}
	switch len(kinds) {
	case 0:
		return ""
	case 1:
		return kinds[0]
	}
	return "several"
}

// Check says what is wrong with an e-mail, in every language that it speaks: as
// errs.Fields, the place to what is wrong there. It also fills the e-mail in for a
// reader of whom nothing is known and for one of whom everything is.
func (e Email) Check() error {
	problems := errs.Fields{}
	if e.Subject.Empty() {
		problems["subject"] = "a subject is needed"
	}
	switch e.Purpose {
	case "", PurposeMarketing:
	case PurposeRequested:
		if e.ShowsOffer() {
			problems["purpose"] = "an e-mail that shows an offer is marketing; a requested one holds only what was asked for"
		}
	default:
		problems["purpose"] = "the purpose is marketing or requested"
	}
	if len(e.Blocks) == 0 {
		problems["blocks"] = "an e-mail needs at least one block"
	}
	if len(e.Blocks) > maxBlocks {
		problems["blocks"] = fmt.Sprintf("%d blocks are too many: %d at the most", len(e.Blocks), maxBlocks)
		return problems
	}
	for i, b := range e.Blocks {
		b.check(fmt.Sprintf("blocks[%d]", i), problems)
	}
	e.checkWords(problems)
	e.checkVariants(problems)
	return problems.OrNil()
}

// checkWords looks at the words in every language, filled in.
func (e Email) checkWords(problems errs.Fields) {
	for _, lang := range e.Langs() {
		letter, err := Compile(e, i18n.Locale{Lang: lang})
		if fields, ok := errs.AsFields(err); ok {
			for path, text := range fields {
				problems[path] = strings.TrimSpace(text)
			}
			continue
		}
		everything := SampleReader(lang, "https://example.com")
		nothing := Reader{Site: everything.Site}
		if e.ShowsOffer() {
			nothing.Offer = everything.Offer // it is not sent without
		}
		for _, r := range []Reader{nothing, everything} {
			if _, err := letter.fill(r); err != nil {
				problems["blocks"] = err.Error()
			}
		}
	}
}

func (b Block) check(path string, problems errs.Fields) {
	switch b.kind() {
	case "":
		problems[path] = "a block is one of heading, text, button, image, divider, points, offer and signature"
	case "several":
		problems[path] = "a block is only one of heading, text, button, image, divider, points, offer and signature"
	case "button":
		if b.Button.Label.Empty() {
			problems[path+".button.label"] = "a button needs words"
		}
		if b.Button.URL.Empty() {
			problems[path+".button.url"] = "a button needs an address"
		}
	case "image":
		if b.Image.Src.Empty() {
			problems[path+".image.src"] = "an image needs an address"
		}
		if b.Image.Alt.Empty() {
			problems[path+".image.alt"] = "say what the image shows, for those who cannot see it"
		}
	}
}
