package transfer

import (
	"context"
	"encoding/csv"
	"io"
	"slices"
	"strconv"
)

// refusedHeader are the columns that stand before those of the file.
var refusedHeader = []string{"file", "line", "column", "reason"}

// WriteRefused writes the refused rows of an import as CSV, for somebody to mend and to
// bring again: where each stood, the reason, by say, and the row as it was, unarmed.
func (s *Service) WriteRefused(ctx context.Context, w io.Writer, im *Import, say func(reason string) string) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	header := slices.Clone(refusedHeader)
	if len(im.Found.Parts) > 0 {
		for _, name := range im.Found.Parts[0].Header {
			header = append(header, unarmed(name))
		}
	}
	if err := out.Write(header); err != nil {
		return err
	}
	for after := int64(0); ; {
		page, more, err := s.Refusals(ctx, im.ID, after, 1000)
		if err != nil {
			return err
		}
		for _, r := range page {
			file := im.Name
			if int(r.Part) < len(im.Found.Parts) && im.Found.Parts[r.Part].Name != "" {
				file = im.Found.Parts[r.Part].Name
			}
			cells := []string{unarmed(file), strconv.FormatInt(r.Line, 10), unarmed(r.Field), say(r.Reason)}
			for _, cell := range r.Cells {
				cells = append(cells, unarmed(cell))
			}
			if err := out.Write(cells); err != nil {
				return err
			}
			after = r.ID
		}
		out.Flush()
		if err := out.Error(); err != nil || !more {
			return err
		}
	}
}
