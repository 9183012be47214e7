package transfer

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/leads/transfer/sheet"
)

// samplesPer is how many values of a column are shown to whoever says what it means.
const samplesPer = 5

// read takes a file apart into blocks of rows. What an earlier attempt left is thrown
// away: reading is quick beside what follows.
func (s *Service) read(ctx context.Context, im *Import) (*Import, error) {
	if err := s.dropRows(ctx, im); err != nil {
		return nil, err
	}
	file := &chunks{ctx: ctx, idb: s.db.Read(), id: im.ID, size: im.Size}
	options := sheet.Options{TempDir: s.tempDir}
	if len(im.Found.Parts) == 1 { // somebody saw that it was misread
		options.Encoding, options.Delimiter = im.Found.Parts[0].Encoding, im.Found.Parts[0].Delimiter
	}
	book, err := sheet.Open(file, im.Size, options)
	if err != nil {
		return nil, named(im.Name, err)
	}
	defer book.Close()
	im.Found, im.Rows = Found{Kind: book.Kind}, 0
	w := &blockWriter{s: s, im: im}
	for i, part := range book.Parts {
		im.Found.Parts = append(im.Found.Parts, Part{
			Name: part.Name, Encoding: part.Encoding, Delimiter: part.Delimiter, Header: part.Header, Notices: part.Notices,
			Samples: make([][]string, len(part.Header)),
		})
		w.part = int64(i)
		for row, err := range part.Rows() {
			if err != nil {
				return nil, err
			}
			if err := w.add(ctx, row); err != nil {
				return nil, err
			}
		}
		if err := w.flush(ctx); err != nil {
			return nil, err
		}
	}
	proposed := propose(&im.Found)
	im.State = Mapping
	switch {
	case len(im.Plan.Columns) == 0:
		im.Plan.Columns = proposed
	default: // a script knows what it brings; what it left unsaid is proposed
		for _, c := range proposed {
			if !slices.ContainsFunc(im.Plan.Columns, func(said Column) bool { return said.Name == c.Name }) {
				im.Plan.Columns = append(im.Plan.Columns, Column{Name: c.Name})
			}
		}
	}
	if im.Plan.Mode == "" {
		im.Plan.Mode = ModeUpdate
	}
	if im.Plan.Consent.Choice != "" && im.Plan.Check(im.Found, s.clock.Now()) == nil {
		im.State = Checking
	}
	return im, nil
}

// named is what is wrong with a file that calls itself a workbook or an archive and is
// none: it is damaged, rather than a table without rows.
func named(name string, err error) error {
	var fault *sheet.Fault
	ext := strings.ToLower(path.Ext(name))
	if errors.As(err, &fault) && slices.Contains([]string{".xlsx", ".xlsm", ".zip"}, ext) &&
		slices.Contains([]string{sheet.FaultHeaderOnly, sheet.FaultBinary, sheet.FaultQuote}, fault.Code) && fault.Part == "" {
		return &sheet.Fault{Code: sheet.FaultBroken}
	}
	return err
}

// blockWriter gathers rows and writes them by the block.
type blockWriter struct {
	s    *Service
	im   *Import
	part int64
	no   int64
	rows []sheet.Row
	size int
}

func (w *blockWriter) add(ctx context.Context, row sheet.Row) error {
	part := &w.im.Found.Parts[w.part]
	part.Rows++
	w.rows = append(w.rows, row)
	for i, cell := range row.Cells {
		w.size += len(cell) + 3
		if i < len(part.Samples) && len(part.Samples[i]) < samplesPer && row.Fault == "" {
			if value := visible(cell); value != "" && !slices.Contains(part.Samples[i], brief(value)) {
				part.Samples[i] = append(part.Samples[i], brief(value))
			}
		}
	}
	if len(w.rows) < blockRows && w.size < blockBytes-sheet.MaxRow {
		return nil
	}
	return w.flush(ctx)
}

// brief is the beginning of a value, for a page.
func brief(value string) string {
	if runes := []rune(value); len(runes) > 80 {
		return string(runes[:79]) + "…"
	}
	return value
}

func (w *blockWriter) flush(ctx context.Context) error {
	if len(w.rows) == 0 {
		return nil
	}
	data, err := pack(w.rows)
	if err != nil {
		return err
	}
	b := &block{ImportID: w.im.ID, No: w.no, Part: w.part, Rows: int64(len(w.rows)), Data: data}
	w.im.Rows += b.Rows
	w.no, w.rows, w.size = w.no+1, w.rows[:0], 0
	return w.s.db.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.NewInsert().Model(b).Returning("NULL").Exec(ctx); err != nil {
			return fmt.Errorf("import %d: block %d: %w", b.ImportID, b.No, err)
		}
		return w.s.advance(ctx, tx, w.im, Reading)
	})
}

// advance writes within tx how far we are, as long as the import is in the state in
// which we work on it: else somebody has paused or cancelled it, and the transaction
// fails with what it would have written.
func (s *Service) advance(ctx context.Context, tx db.Tx, im *Import, in State) error {
	im.UpdatedAt = s.clock.Now()
	res, err := tx.NewUpdate().Model(im).Column("rows", "position", "done", "tally", "updated_at").WherePK().Where("state = ?", in).Exec(ctx)
	if err != nil {
		return fmt.Errorf("import %d: advance: %w", im.ID, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(errMoved, err)
	}
	return nil
}

// Reread has a file read again in another encoding or with another delimiter, for one
// that was misread.
func (s *Service) Reread(ctx context.Context, id int64, encoding, delimiter string) error {
	if !slices.Contains(sheet.Encodings, encoding) {
		return errs.Fields{"encoding": "errors.choice"}
	}
	if !slices.Contains(sheet.Delimiters, delimiter) {
		return errs.Fields{"delimiter": "errors.choice"}
	}
	return s.change(ctx, id, []State{Mapping}, func(im *Import) error {
		if im.Found.Kind != sheet.CSV {
			return errs.Fields{"encoding": "errors.choice"}
		}
		im.Found.Parts = []Part{{Encoding: encoding, Delimiter: delimiter}}
		im.Plan.Columns = nil
		im.State, im.Rows = Reading, 0
		return nil
	})
}
