package sheet

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// findHeader reads the first row as the names of the columns, and makes sure that a
// second row follows.
func (p *Part) findHeader() error {
	s, err := p.rows()
	if err != nil {
		return err
	}
	defer s.Close()
	first, err := s.next()
	switch {
	case errors.Is(err, io.EOF):
		return &Fault{Code: FaultEmpty}
	case err != nil:
		return err
	case len(first.Cells) > MaxColumns:
		return &Fault{Code: FaultColumns, Detail: strconv.Itoa(MaxColumns)}
	case first.Fault != "":
		return &Fault{Code: FaultHeaderCells, Line: first.Line}
	}
	if p.Headless = slices.ContainsFunc(first.Cells, looksLikeEmail); p.Headless {
		p.Notices = append(p.Notices, NoticeHeadless)
		p.Header = names(make([]string, len(first.Cells)))
		return nil
	}
	for len(first.Cells) > 1 && strings.TrimSpace(first.Cells[len(first.Cells)-1]) == "" {
		first.Cells = first.Cells[:len(first.Cells)-1]
	}
	p.Header = names(first.Cells)
	for i, name := range p.Header {
		if cell := clean(first.Cells[i]); cell != "" && name != cell {
			p.Notices = append(p.Notices, NoticeDuplicate)
			break
		}
	}
	if _, err = s.next(); errors.Is(err, io.EOF) {
		return &Fault{Code: FaultHeaderOnly}
	}
	return err
}

// names makes the cells of a header usable: trimmed, none empty, no two alike.
func names(cells []string) []string {
	out := make([]string, len(cells))
	seen := map[string]bool{}
	for i, cell := range cells {
		name := clean(cell)
		if name == "" {
			name = "Column " + strconv.Itoa(i+1)
		}
		out[i] = name
		for n := 2; seen[strings.ToLower(out[i])]; n++ {
			out[i] = name + " (" + strconv.Itoa(n) + ")"
		}
		seen[strings.ToLower(out[i])] = true
	}
	return out
}

// clean takes space and the marks that cannot be seen off a name, and cuts what is too
// long for one.
func clean(name string) string {
	name = strings.TrimFunc(strings.Join(strings.Fields(name), " "), func(r rune) bool {
		return r == '\u200e' || r == '\u200f' || r == '\ufeff' || r == ' '
	})
	if runes := []rune(name); len(runes) > 100 {
		name = string(runes[:100])
	}
	return name
}

func looksLikeEmail(cell string) bool {
	name, domain, ok := strings.Cut(strings.TrimSpace(cell), "@")
	return ok && name != "" && strings.Contains(domain, ".") && !strings.ContainsAny(cell, " /")
}
