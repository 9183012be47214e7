package chart

import (
	"strings"

	"github.com/sarnakh/sarnakh/internal/i18n"
)

// The room of a chart in a file of its own, in pixels.
const (
	fileWidth  = 800
	fileMargin = 28
	fileAxis   = 52 // where the numbers of the value axis stand
	legendLine = 22
)

// fileStyle is what a chart of its own looks like: the colours of the workspace by day,
// since a file knows neither its sheets nor the reader's choice.
const fileStyle = `text{font-family:Vazirmatn,Tahoma,"Segoe UI",system-ui,sans-serif;font-size:12px;fill:#5d6a67}` +
	`text.strong{fill:#182120;font-size:13px;font-weight:550}text.value{fill:#3d4a48;font-size:13px}` +
	`text.title{fill:#182120;font-size:16px;font-weight:600}text.legend{fill:#3d4a48;font-size:13px}` +
	`.paper{fill:#fff}.gridline{stroke:#e6e2d9}.axis{stroke:#d3cec2}.reference{stroke:#5d6a67;stroke-dasharray:3 4}` +
	`.line{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round;stroke-linecap:round;vector-effect:non-scaling-stroke}` +
	`.expected{fill:none;stroke:currentColor;stroke-width:1.5;stroke-dasharray:4 4;opacity:.7;vector-effect:non-scaling-stroke}` +
	`.area{fill:currentColor;opacity:.1}.band{fill:currentColor;opacity:.16}.bar,.swatch{fill:currentColor}.track{fill:#f3f1ec}` +
	`.dot{fill:currentColor;stroke:#fff;stroke-width:2}.whisker,.cap{stroke:currentColor;stroke-width:2;stroke-linecap:round}` +
	`.span{fill:currentColor;opacity:.18}.hit{fill:transparent}.narrow-only{display:none}` +
	`.s1{color:#0d6e68}.s2{color:#c77700}.s3{color:#5b5bb8}.s4{color:#b34a78}.s5{color:#1d6fb8}.s6{color:#6f6a12}`

// File draws a chart as an SVG that stands by itself and opens in any viewer, with its
// title, its legend and its styles inside. It is false where there is nothing to show: the
// file then says so.
func File(l i18n.Locale, chart Chart) (svg []byte, ok bool) {
	c := chart.draw(l)
	drawn := c != nil
	if !drawn {
		c = &canvas{locale: l, height: fileAxis}
		var words string
		c.title, words = chart.words()
		c.text("value", 0, 0, fileMargin, "start", words)
	}
	head := fileMargin + 24
	legend := c.legendRows()
	top := head + len(legend)*legendLine + 6
	left, room := fileMargin, fileWidth-2*fileMargin
	if c.class != "" {
		axis := fileAxis
		if c.far {
			axis += farther
		}
		room -= axis
		if !c.rtl() {
			left += axis
		}
	}
	height := top + c.height + fileMargin
	f := &canvas{locale: l}
	f.write(markup(`<svg xmlns="http://www.w3.org/2000/svg" role="img" width="`), fileWidth, markup(`" height="`), height,
		markup(`" viewBox="0 0 `), fileWidth, " ", height, markup(`" direction="`), l.Dir(), markup(`" xml:lang="`), string(l.Lang), markup(`">`))
	f.write(markup(`<title>`), c.title, markup(`</title><desc>`), c.desc, markup(`</desc><style>`+fileStyle+`</style>`))
	f.write(markup(`<rect class="paper" width="100%" height="100%"/>`))
	f.pixel("title", fileMargin, fileMargin+10, c.title)
	for i, row := range legend {
		at := fileMargin
		for _, s := range row {
			y := head + i*legendLine
			x := at
			if c.rtl() {
				x = fileWidth - at - 12
			}
			f.write(markup(`<rect class="swatch `), colour(s), markup(`" rx="2" width="12" height="4" x="`), x, markup(`" y="`), y-6, markup(`"/>`))
			f.pixel("legend", at+20, y, c.legend[s].Name)
			at += 20 + int(width(c.legend[s].Name, 13)) + 24
		}
	}
	f.write(markup(`<svg x="`), left, markup(`" y="`), top, markup(`" width="`), room, markup(`" height="`), c.height,
		markup(`" overflow="visible">`), markup(c.String()), markup(`</svg></svg>`))
	return []byte(strings.TrimSpace(f.String())), drawn
}

// pixel places words so many pixels from where reading starts.
func (c *canvas) pixel(class string, x, y int, words string) {
	if c.rtl() {
		x = fileWidth - x
	}
	c.write(markup(`<text class="`), markup(class), markup(`" x="`), x, markup(`" y="`), y, markup(`" text-anchor="start">`), words, markup(`</text>`))
}

// legendRows are the series by the lines of the legend; none for a single one.
func (c *canvas) legendRows() (rows [][]int) {
	if len(c.legend) < 2 {
		return nil
	}
	at := fileWidth
	for i, s := range c.legend {
		wide := 20 + int(width(s.Name, 13)) + 24
		if at+wide > fileWidth-2*fileMargin {
			rows, at = append(rows, nil), 0
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], i)
		at += wide
	}
	return rows
}
