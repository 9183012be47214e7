package templates

import (
	"bytes"
	"fmt"
	"io"
)

// Fragment writes a page's content alone, without a layout: what a script puts into
// somebody else's page. Nothing is written when the template fails.
func (s *Set) Fragment(w io.Writer, page string, data any) error {
	t, err := s.page(page)
	if err != nil {
		return err
	}
	var buffer bytes.Buffer
	if err := t.ExecuteTemplate(&buffer, "content", data); err != nil {
		return fmt.Errorf("templates: page %s: %w", page, err)
	}
	_, err = buffer.WriteTo(w)
	return err
}
