// Package manifest reads a whole campaign from YAML files: forms, pages, e-mails,
// journeys, offers, rules and experiments, checked as a whole before anything changes.
package manifest

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
)

// Head opens every document: what it is, and the key that others name it by.
// Embed it as `yaml:",inline"`.
type Head struct {
	Kind string `json:"kind" yaml:"kind" validate:"required"`
	Key  string `json:"key" yaml:"key" validate:"required,key"`
}

// Meta returns the head itself.
func (h *Head) Meta() *Head { return h }

// Ref is one document's mention of another. Path is where it stands, as in
// "steps[2].send". Part is what of the other is meant, "" for all of it: the other is a
// Parted then.
type Ref struct {
	Kind, Key, Path string
	Part            string
}

// Parted is a Doc of which others name a part: a variant of an experiment.
type Parted interface {
	HasPart(key string) bool
}

// Doc is one document. Its struct has yaml and json tags of the same names and
// validate tags for what a tag can say.
type Doc interface {
	Meta() *Head
	// Refs lists the documents that must exist, in the files or in the database.
	Refs() []Ref
	// Check says what no tag can: it returns errs.Fields, path to message.
	Check() error
}

// Settler is a Doc that gives way to what has become of the stored one: a file that still
// says that something runs which people have ended is no reason to refuse all others.
type Settler interface {
	// Settle adapts the document to the stored one, and says what it gave up and what of
	// people's doing it takes back; "" for nothing.
	Settle(stored Doc) string
}

// Kind stores the documents of one kind.
type Kind interface {
	// Name is the word after "kind:".
	Name() string
	// New returns an empty document to decode into.
	New() Doc
	// Current returns the stored document with this key, or NotFound.
	Current(ctx context.Context, idb bun.IDB, key string) (Doc, error)
	// Apply stores a checked document within tx. Applying the same again changes nothing.
	Apply(ctx context.Context, tx db.Tx, d Doc) error
}
