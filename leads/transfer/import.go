package transfer

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/leads/transfer/sheet"
)

// State is how far an import is.
type State string

// An import's states, in their order. A person acts in mapping, ready and paused; the
// workers in reading, checking and importing.
const (
	Receiving State = "receiving" // the file is on its way to us
	Reading   State = "reading"   // its rows are taken apart
	Mapping   State = "mapping"   // waits to be told what the columns mean
	Checking  State = "checking"  // the dry run
	Ready     State = "ready"     // waits for the word to begin
	Importing State = "importing"
	Paused    State = "paused"
	Done      State = "done"
	Cancelled State = "cancelled" // what was imported before stays
	Failed    State = "failed"    // the file cannot be read: see Fault
)

// Working says whether the workers are at it.
func (s State) Working() bool { return s == Reading || s == Checking || s == Importing }

// Over says whether nothing will happen any more.
func (s State) Over() bool { return s == Done || s == Cancelled || s == Failed }

// Import is one file that somebody brought.
type Import struct {
	bun.BaseModel `bun:"table:imports,alias:import"`

	ID    int64        `bun:",pk,autoincrement" json:"id"`
	Name  string       `json:"name"` // of the file
	Size  int64        `json:"size"` // in bytes
	State State        `json:"state"`
	Found Found        `bun:"type:jsonb" json:"found"`
	Plan  Plan         `bun:"type:jsonb" json:"plan"`
	Fault *sheet.Fault `bun:"type:jsonb,nullzero" json:"fault,omitempty"` // why it failed

	Rows     int64 `json:"rows"` // in the file; grows while it is read
	Position int64 `json:"-"`    // the block that comes next
	Done     int64 `json:"done"` // rows checked or imported
	Tally    Tally `bun:"type:jsonb" json:"tally"`

	ByWhom     string    `json:"by"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
	StartedAt  time.Time `bun:",nullzero" json:"started_at,omitzero"`
	FinishedAt time.Time `bun:",nullzero" json:"finished_at,omitzero"`
}

// Found is what a file turned out to be.
type Found struct {
	Kind   sheet.Kind `json:"kind,omitempty"`
	Origin Origin     `json:"origin,omitempty"` // the tool that it was exported from, if we know it
	Parts  []Part     `json:"parts,omitempty"`
}

// Part is one table of a file.
type Part struct {
	Name      string   `json:"name,omitempty"`
	Encoding  string   `json:"encoding,omitempty"`
	Delimiter string   `json:"delimiter,omitempty"`
	Header    []string `json:"header"`
	Notices   []string `json:"notices,omitempty"`
	Rows      int64    `json:"rows"`
	// Standing is what being in this table says of everybody in it, for Mailchimp's
	// three files.
	Standing Standing `json:"standing,omitempty"`
	// Samples are the first values of each column that are not empty, five at the most.
	Samples [][]string `json:"samples,omitempty"`
}

// Tally counts rows: in the dry run what would become of them, then what did. The first
// five add up to the rows that were gone through.
type Tally struct {
	New     int64 `json:"new"`     // people nobody knew
	Updated int64 `json:"updated"` // known people, with what the row says
	Skipped int64 `json:"skipped"` // known people, left as they were
	Refused int64 `json:"refused"`
	Repeats int64 `json:"repeats"` // people who stood further up in the same file

	Consents  int64            `json:"consents"`  // given
	Withdrawn int64            `json:"withdrawn"` // unsubscribed or bounced
	Kept      int64            `json:"kept"`      // had withdrawn here before, and stay so
	Reasons   map[string]int64 `json:"reasons,omitempty"`
}

// Rows is how many rows were counted.
func (t Tally) Rows() int64 { return t.New + t.Updated + t.Skipped + t.Refused + t.Repeats }

func (t *Tally) refuse(reason string) {
	if t.Reasons == nil {
		t.Reasons = map[string]int64{}
	}
	t.Refused++
	t.Reasons[reason]++
}

// Refusal is a row that was not taken, with the reason.
type Refusal struct {
	bun.BaseModel `bun:"table:import_refusals,alias:refusal"`

	ID       int64    `bun:",pk,autoincrement" json:"-"`
	ImportID int64    `json:"-"`
	Part     int64    `json:"part"` // which table, from 0
	Line     int64    `json:"line"` // where the row begins in the file
	Reason   string   `json:"reason"`
	Field    string   `json:"field"` // the column that is to blame, if one is
	Cells    []string `bun:"type:jsonb" json:"cells"`
}
