package content

import "strings"

// span is a run of text within a paragraph.
type span struct {
	Text string
	Bold bool
	URL  string // a link when set
}

// paragraph is text with a blank line before and after it, or a list.
type paragraph struct {
	Lines []line
	List  bool // each line is an item
}

type line []span

// special are the characters that mean something in markup. After a backslash they
// mean themselves.
const special = `\*[]()-`

var markupEscaper = func() *strings.Replacer {
	var pairs []string
	for _, c := range special {
		pairs = append(pairs, string(c), `\`+string(c))
	}
	return strings.NewReplacer(pairs...)
}()

// escapeMarkup makes text mean itself.
func escapeMarkup(text string) string { return markupEscaper.Replace(text) }

// unescapeMarkup undoes escapeMarkup where no markup is read.
func unescapeMarkup(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && strings.IndexByte(special, text[i+1]) >= 0 {
			i++
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

// paragraphs reads markup. Whatever is not markup after all, a lone asterisk, is text.
func paragraphs(text string) []paragraph {
	var out []paragraph
	var lines []string
	flush := func() {
		if len(lines) == 0 {
			return
		}
		p := paragraph{List: true}
		for _, l := range lines {
			p.List = p.List && strings.HasPrefix(l, "- ")
		}
		for _, l := range lines {
			if p.List {
				l = strings.TrimPrefix(l, "- ")
			}
			p.Lines = append(p.Lines, spans(l, false))
		}
		out, lines = append(out, p), nil
	}
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l == "" {
			flush()
			continue
		}
		lines = append(lines, l)
	}
	flush()
	return out
}

// spans reads **bold** and [links](…) in one line.
func spans(text string, bold bool) line {
	var out line
	var run strings.Builder
	flush := func() {
		if run.Len() > 0 {
			out = append(out, span{Text: run.String(), Bold: bold})
			run.Reset()
		}
	}
	for i := 0; i < len(text); {
		rest := text[i:]
		switch {
		case rest[0] == '\\' && len(rest) > 1 && strings.IndexByte(special, rest[1]) >= 0:
			run.WriteByte(rest[1])
			i += 2
			continue
		case !bold && strings.HasPrefix(rest, "**"):
			if n := find(rest[2:], "**"); n > 0 {
				flush()
				out = append(out, spans(rest[2:2+n], true)...)
				i += n + 4
				continue
			}
		case rest[0] == '[':
			if label, address, n := link(rest); n > 0 {
				flush()
				out = append(out, span{Text: label, Bold: bold, URL: address})
				i += n
				continue
			}
		}
		run.WriteByte(rest[0])
		i++
	}
	flush()
	return out
}

// link reads [label](address) at the beginning of text and returns its length, 0
// when there is none.
func link(text string) (label, address string, length int) {
	middle := find(text, "](")
	if middle < 2 {
		return "", "", 0
	}
	closing := find(text[middle+2:], ")")
	if closing < 1 {
		return "", "", 0
	}
	label = strings.ReplaceAll(text[1:middle], "**", "")
	return unescapeMarkup(label), unescapeMarkup(text[middle+2 : middle+2+closing]), middle + 3 + closing
}

// find is the place of mark in text, not counting escaped ones, or -1.
func find(text, mark string) int {
	for i := 0; i+len(mark) <= len(text); i++ {
		if text[i] == '\\' {
			i++
			continue
		}
		if text[i:i+len(mark)] == mark {
			return i
		}
	}
	return -1
}
