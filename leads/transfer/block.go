package transfer

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/sarnakh/sarnakh/leads/transfer/sheet"
)

// A block holds so many rows or bytes at the most: what is read, checked and written at
// a time, and so what all memory is measured by.
const (
	blockRows  = 3000
	blockBytes = 3 << 20
)

// pack makes a block of rows: each its line, its fault and its cells, with their lengths
// before them, compressed.
func pack(rows []sheet.Row) ([]byte, error) {
	var raw []byte
	text := func(s string) {
		raw = binary.AppendUvarint(raw, uint64(len(s)))
		raw = append(raw, s...)
	}
	for _, row := range rows {
		raw = binary.AppendUvarint(raw, uint64(row.Line))
		text(row.Fault)
		raw = binary.AppendUvarint(raw, uint64(len(row.Cells)))
		for _, cell := range row.Cells {
			text(cell)
		}
	}
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(raw); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

var errBlock = errors.New("import: a block of rows is damaged")

// unpack is the inverse of pack.
func unpack(data []byte, rows int64) ([]sheet.Row, error) {
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data)), blockBytes+blockBytes))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBlock, err)
	}
	all := string(raw) // the cells are parts of it
	out := make([]sheet.Row, 0, min(rows, blockRows))
	at := 0
	number := func() uint64 {
		n, size := binary.Uvarint(raw[min(at, len(raw)):])
		if size <= 0 {
			at = len(raw) + 1
			return 0
		}
		at += size
		return n
	}
	text := func() string {
		n := number()
		if at > len(raw) || n > uint64(len(raw)-at) {
			at = len(raw) + 1
			return ""
		}
		at += int(n)
		return all[at-int(n) : at]
	}
	for at < len(raw) {
		row := sheet.Row{Line: int(number()), Fault: text()}
		n := number()
		if n > sheet.MaxColumns+1 {
			return nil, errBlock
		}
		row.Cells = make([]string, n)
		for i := range row.Cells {
			row.Cells[i] = text()
		}
		out = append(out, row)
	}
	if at != len(raw) || int64(len(out)) != rows {
		return nil, errBlock
	}
	return out, nil
}
