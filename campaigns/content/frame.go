package content

import (
	"embed"
	"fmt"
	"html/template"
	"regexp"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// Brand is who writes: what the head and the foot of every e-mail say.
type Brand struct {
	Name    i18n.Text
	Address i18n.Text // the postal address that the law of most countries asks for
	Logo    string    // an address of a picture; the name in letters when empty
	Color   string    // "#0d6e68"; our own green when empty or not a colour
}

const ownColor = "#0d6e68"

var colorPattern = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

func (b Brand) color() string {
	if colorPattern.MatchString(b.Color) {
		return b.Color
	}
	return ownColor
}

// onColor is black or white, whichever reads better on the colour (WCAG's relative
// luminance; 0.179 is where both contrast alike).
func onColor(color string) string {
	channel := func(hex string) float64 {
		n, err := strconv.ParseUint(hex, 16, 8)
		if err != nil {
			return 0
		}
		c := float64(n) / 255
		return c * c // the curve of sRGB, near enough to choose between two
	}
	if 0.2126*channel(color[1:3])+0.7152*channel(color[3:5])+0.0722*channel(color[5:7]) > 0.179 {
		return "#1f1a15"
	}
	return "#ffffff"
}

//go:embed letter.gohtml
var frameFile embed.FS

var frame = template.Must(template.New("").Funcs(template.FuncMap{
	// html/template strips comments, so what Outlook alone reads comes from here.
	"mso": func(html string) template.HTML {
		return template.HTML("<!--[if mso]>" + html + "<![endif]-->")
	},
	// filler keeps the first words of the e-mail out of the line that shows the preheader.
	"filler": func() template.HTML {
		return template.HTML(strings.Repeat("&#847;&zwnj;&nbsp;", 40))
	},
}).ParseFS(frameFile, "letter.gohtml"))

// sheet is an e-mail as the frame shows it.
type sheet struct {
	i18n.Locale
	Brand, Subject, Preheader, Address string
	Logo, Unsubscribe, Pixel           string
	Requested                          bool // the foot says that it was asked for
	AccentAttr                         string
	Accent, OnAccent                   template.CSS
	Blocks                             []shown
}

// shown is a block filled in.
type shown struct {
	Kind       string
	Words      string
	First      bool // the first heading is the title
	Paragraphs []paragraph
	URL, Src   string
	Code       string
	Expires    string
}

// Font is the stack for the language. Tahoma has good Persian letters and is on
// nearly every machine that lacks Vazirmatn.
func (s sheet) Font() template.CSS {
	if s.Lang == i18n.Persian {
		return "Vazirmatn,Vazir,Tahoma,'Segoe UI',Arial,sans-serif"
	}
	return "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
}

// Start is the side on which lines begin.
func (s sheet) Start() string {
	if s.Dir() == "rtl" {
		return "right"
	}
	return "left"
}

// Tight and Loose are line heights: Persian letters need more room.
func (s sheet) Tight() template.CSS {
	if s.Lang == i18n.Persian {
		return "1.55"
	}
	return "1.3"
}

// Loose is the line height of running text.
func (s sheet) Loose() template.CSS {
	if s.Lang == i18n.Persian {
		return "1.95"
	}
	return "1.65"
}

// ListPadding makes room for the bullets where lines begin.
func (s sheet) ListPadding() template.CSS {
	if s.Dir() == "rtl" {
		return "0 22px 0 0"
	}
	return "0 0 0 22px"
}

// In is a paragraph within the sheet.
func (s sheet) In(p paragraph) placed { return placed{s, p} }

// placed is a paragraph with the sheet that it stands in.
type placed struct {
	sheet
	Paragraph paragraph
}

// Spans is a line with the colour of its links.
func (p placed) Spans(l line) spanned { return spanned{l, p.Accent} }

type spanned struct {
	Line line
	Link template.CSS
}

// Why says why the reader gets the e-mail.
func (s sheet) Why() string {
	if s.Requested {
		return s.T("campaigns.letter.why.requested", "brand", s.Brand)
	}
	return s.T("campaigns.letter.why", "brand", s.Brand)
}

// Stop is what the link says that ends marketing. In a requested e-mail that is not
// what the e-mail is.
func (s sheet) Stop() string {
	if s.Requested {
		return s.T("campaigns.letter.unsubscribe.requested", "brand", s.Brand)
	}
	return s.T("campaigns.letter.unsubscribe")
}

func (s sheet) html() (string, error) {
	var out strings.Builder
	if err := frame.ExecuteTemplate(&out, "letter", s); err != nil {
		return "", fmt.Errorf("e-mail: %w", err)
	}
	return out.String(), nil
}
