package content

import "strings"

// text is the plain part, from the same blocks.
func (s sheet) text() string {
	var out strings.Builder
	part := func(lines ...string) {
		if out.Len() > 0 {
			out.WriteString("\n")
		}
		for _, l := range lines {
			out.WriteString(l + "\n")
		}
	}
	for _, b := range s.Blocks {
		switch b.Kind {
		case "heading":
			if b.First {
				part(b.Words, strings.Repeat("=", min(40, max(3, len([]rune(b.Words))))))
			} else {
				part(b.Words, strings.Repeat("-", min(40, max(3, len([]rune(b.Words))))))
			}
		case "text", "signature":
			for _, p := range b.Paragraphs {
				part(p.text()...)
			}
		case "button":
			part(b.Words+":", b.URL)
		case "image":
			if b.URL != "" {
				part(b.Words+":", b.URL)
			} else {
				part("[" + b.Words + "]")
			}
		case "divider":
			part("* * *")
		case "points":
			part(s.T("campaigns.letter.points") + ": " + b.Words)
		case "offer":
			lines := []string{b.Words, "    " + b.Code}
			if b.Expires != "" {
				lines = append(lines, b.Expires)
			}
			part(lines...)
		}
	}
	foot := []string{"-- ", s.Why()}
	if s.Address != "" {
		foot = append(foot, s.Brand+" · "+s.Address)
	}
	if s.Unsubscribe != "" {
		foot = append(foot, s.Stop()+":", s.Unsubscribe)
	}
	part(foot...)
	return out.String()
}

func (p paragraph) text() []string {
	var out []string
	for _, l := range p.Lines {
		var b strings.Builder
		if p.List {
			b.WriteString("• ")
		}
		for _, s := range l {
			b.WriteString(s.Text)
			if s.URL != "" && s.URL != s.Text {
				b.WriteString(" (" + s.URL + ")")
			}
		}
		out = append(out, b.String())
	}
	return out
}
