package sheet

import (
	"fmt"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// Fault says why a whole file cannot be read. It is an error of kind Invalid; Code is
// one of the constants below, for a sentence in the reader's language.
type Fault struct {
	Code   string `json:"code"`
	Part   string `json:"part,omitempty"`   // the file within the archive, the sheet of the workbook; often empty
	Line   int    `json:"line,omitempty"`   // where, when that helps; 0 otherwise
	Detail string `json:"detail,omitempty"` // a number or a name that belongs into the sentence
}

// What can be wrong with a file.
const (
	FaultEmpty       = "empty"        // nothing in it
	FaultHeaderOnly  = "header_only"  // a header and no rows
	FaultBinary      = "binary"       // no table at all
	FaultOldExcel    = "old_excel"    // .xls, or a workbook with a password
	FaultPage        = "page"         // an HTML page under the name of a table
	FaultTooLarge    = "too_large"    // larger than we take; Detail says how much that is
	FaultColumns     = "columns"      // more columns than MaxColumns
	FaultQuote       = "quote"        // a quote opened at Line and never closed
	FaultBroken      = "broken"       // the archive or workbook is damaged
	FaultBomb        = "bomb"         // unpacks to far more than it is
	FaultPath        = "path"         // an archive whose names lead out of it
	FaultEncrypted   = "encrypted"    // an archive with a password
	FaultNoTable     = "no_table"     // an archive without a CSV file
	FaultManyFiles   = "many_files"   // an archive with more files than MaxFiles
	FaultEncoding    = "encoding"     // an encoding was asked for that we do not know
	FaultHeaderCells = "header_cells" // the header itself cannot be read
)

// Error is the fault in English, for logs and scripts.
func (f *Fault) Error() string {
	text := "file: " + f.Code
	if f.Part != "" {
		text += " in " + f.Part
	}
	if f.Line > 0 {
		text += fmt.Sprintf(" at line %d", f.Line)
	}
	if f.Detail != "" {
		text += ": " + f.Detail
	}
	return text
}

// Unwrap makes errors.Is(f, errs.Invalid) true.
func (f *Fault) Unwrap() error { return errs.Invalid }

// Limits of what is read. They are far above what a list of people needs, and keep a
// hostile file from costing more than its own length.
const (
	MaxColumns = 500       // of a table
	MaxCell    = 64 << 10  // bytes of one cell
	MaxRow     = 512 << 10 // bytes of one row
	MaxFiles   = 50        // in an archive
)
