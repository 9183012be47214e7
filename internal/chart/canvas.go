package chart

import (
	"html/template"
	"math"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// canvas writes one chart. Positions along the line of text are shares of the
// width, from 0 where reading starts to 1 where it ends, and are written in per
// cent, so that a chart fills any room while its text keeps its size.
// Positions down the page are pixels.
type canvas struct {
	strings.Builder
	locale i18n.Locale

	// What stands around the picture.
	class       string
	far         bool // the numbers of the value axis are wide
	height      int
	title, desc string
	legend      []Series
}

// write appends markup as it is, text escaped, and numbers.
func (c *canvas) write(parts ...any) {
	for _, part := range parts {
		switch p := part.(type) {
		case markup:
			c.WriteString(string(p))
		case string:
			c.WriteString(template.HTMLEscapeString(p))
		case int:
			c.WriteString(strconv.Itoa(p))
		case float64:
			c.WriteString(number(p))
		}
	}
}

// markup is trusted: literals of this package.
type markup string

func (c *canvas) rtl() bool { return c.locale.Dir() == "rtl" }

// along turns a share of the width into what x and cx take.
func (c *canvas) along(share float64) markup {
	if c.rtl() {
		share = 1 - share
	}
	return markup(number(100*share) + "%")
}

// open begins the picture; what stands around it is written last.
func (c *canvas) open(class string, height int, title, desc string, legend []Series) {
	c.class, c.height, c.title, c.desc, c.legend = class, height, title, desc, legend
}

// text places words at a share of the width; anchor is start, middle or end in
// reading direction, shift moves it by pixels in reading direction.
func (c *canvas) text(class string, share float64, shift int, y int, anchor, words string) {
	c.write(markup(`<text x="`), c.along(share), markup(`" y="`), y, markup(`"`))
	if shift != 0 {
		if c.rtl() {
			shift = -shift
		}
		c.write(markup(` dx="`), shift, markup(`"`))
	}
	if class != "" {
		c.write(markup(` class="`), class, markup(`"`))
	}
	c.write(markup(` text-anchor="`), anchor, markup(`">`), words, markup(`</text>`))
}

// horizontal draws a line across the plot.
func (c *canvas) horizontal(class string, from, to float64, y float64) {
	c.write(markup(`<line class="`), class, markup(`" x1="`), c.along(from), markup(`" x2="`), c.along(to),
		markup(`" y1="`), y, markup(`" y2="`), y, markup(`"/>`))
}

// vertical draws a line down the plot.
func (c *canvas) vertical(class string, share, from, to float64) {
	c.write(markup(`<line class="`), class, markup(`" x1="`), c.along(share), markup(`" x2="`), c.along(share),
		markup(`" y1="`), from, markup(`" y2="`), to, markup(`"/>`))
}

// rect draws a bar from one share of the width to another; a title shows when
// the reader points at it.
func (c *canvas) rect(class string, from, to, y, height float64, radius int, title string) {
	start := from
	if c.rtl() {
		start = to
	}
	c.write(markup(`<rect class="`), class, markup(`" x="`), c.along(start), markup(`" width="`),
		number(100*(to-from)), markup(`%" y="`), y, markup(`" height="`), height, markup(`"`))
	if radius > 0 {
		c.write(markup(` rx="`), radius, markup(`"`))
	}
	if title == "" {
		c.write(markup(`/>`))
		return
	}
	c.write(markup(`><title>`), title, markup(`</title></rect>`))
}

// colour is the class of the i-th series; six colours, then they repeat.
func colour(i int) string { return "s" + strconv.Itoa(i%6+1) }

func number(f float64) string {
	return strconv.FormatFloat(math.Round(f*100)/100, 'f', -1, 64)
}
