package chart

import (
	"slices"
	"strings"
	"unicode"
)

// The pixels that a plot has at the least: on a phone, and beyond the width from
// which chart.css calls a chart wide.
const (
	narrowPlot = 230
	widePlot   = 350
	between    = 12 // from one label to the next
)

// width is about how many pixels text takes at a font size, rather more than less.
func width(text string, size float64) float64 {
	n := 0
	for _, r := range text {
		if !unicode.In(r, unicode.Cf, unicode.Mn) {
			n++
		}
	}
	return 0.58 * size * float64(n)
}

// spread picks the labels to write below a plot of so many pixels: evenly spaced
// back from the newest, at most so many, and none that would touch another. Where
// they stand on points the first is always among them, if there is room for two.
func spread(labels []string, plot float64, most int, centred bool) []int {
	n := len(labels)
	for step := 1; step < n; step++ {
		var chosen []int
		for i := n - 1; i >= 0; i -= step {
			chosen = append(chosen, i)
		}
		slices.Reverse(chosen)
		if !centred {
			chosen[0] = 0
		}
		if len(chosen) <= most && !touch(labels, chosen, plot, centred) {
			return chosen
		}
	}
	if n == 0 {
		return nil
	}
	return []int{n - 1}
}

// touch reports whether two neighbours of the chosen labels would.
func touch(labels []string, chosen []int, plot float64, centred bool) bool {
	end := -1e9
	for _, i := range chosen {
		at, wide := plot*place(i, len(labels), centred), width(labels[i], 12)
		switch anchor(i, len(labels), centred) {
		case "middle":
			at -= wide / 2
		case "end":
			at -= wide
		}
		if at < end+between {
			return true
		}
		end = at + wide
	}
	return false
}

// anchor is the side by which a label hangs on its place: the outermost ones of a
// line stay inside the plot.
func anchor(i, n int, centred bool) string {
	switch {
	case centred || n == 1:
		return "middle"
	case i == 0:
		return "start"
	case i == n-1:
		return "end"
	}
	return "middle"
}

// mostLines is how many lines a name may take.
const mostLines = 2

// wrap breaks a name into lines of so many pixels; what does not fit ends with an
// ellipsis.
func wrap(name string, pixels float64) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(name) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && width(longer, 13) > pixels {
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	lines = append(lines, line)
	if len(lines) > mostLines {
		lines = lines[:mostLines]
		lines[mostLines-1] += " …"
	}
	for i, line := range lines {
		lines[i] = cut(line, pixels)
	}
	return lines
}

// cut shortens a line that is one long word.
func cut(line string, pixels float64) string {
	letters := []rune(line)
	for len(letters) > 1 && width(string(letters), 13) > pixels {
		letters = letters[:len(letters)-1]
	}
	if len(letters) < len([]rune(line)) {
		return strings.TrimRight(string(letters), " …") + "…"
	}
	return line
}
