package manifest

import (
	"context"
	"errors"
	"fmt"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
)

// Change is what applying would do to one document.
type Change struct {
	Kind, Key string
	New       bool
	Diff      string // unified; empty when nothing changes
	Note      string // what the document gave up or takes back: see Settler
}

// errDry rolls a dry run back.
var errDry = errors.New("dry run")

// Plan says what applying the documents would change. It does all that Apply does, so
// that it refuses what Apply refuses, and takes it back.
func (b *Bundle) Plan(ctx context.Context, d *db.DB, kinds []Kind) (changes []Change, err error) {
	err = d.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		if changes, err = b.apply(ctx, tx, kinds); err != nil {
			return err
		}
		return errDry
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return changes, err
}

// Apply checks everything and then stores all that changes in one transaction:
// either the whole of it stands afterwards, or nothing.
func (b *Bundle) Apply(ctx context.Context, d *db.DB, kinds []Kind) (changes []Change, err error) {
	err = d.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		changes, err = b.apply(ctx, tx, kinds)
		return err
	})
	return changes, err
}

func (b *Bundle) apply(ctx context.Context, tx db.Tx, kinds []Kind) ([]Change, error) {
	changes, err := b.plan(ctx, tx, kinds)
	if err != nil {
		return nil, err
	}
	for i, e := range b.entries {
		if changes[i].Diff == "" {
			continue
		}
		if err := e.kind.Apply(ctx, tx, e.doc); err != nil {
			if fields, ok := errs.AsFields(err); ok {
				return nil, b.problems(e, fields)
			}
			if errors.Is(err, errs.Conflict) || errors.Is(err, errs.Invalid) {
				return nil, Problems{e.problem("", err.Error())}
			}
			return nil, err
		}
	}
	return changes, nil
}

func (b *Bundle) problems(e entry, fields errs.Fields) error {
	var p Problems
	for path, message := range fields {
		p = append(p, e.problem(path, message))
	}
	return p
}

func (b *Bundle) plan(ctx context.Context, idb bun.IDB, kinds []Kind) ([]Change, error) {
	if err := b.checkRefs(ctx, idb, kinds); err != nil {
		return nil, err
	}
	changes := make([]Change, len(b.entries))
	for i, e := range b.entries {
		head := e.doc.Meta()
		c := Change{Kind: head.Kind, Key: head.Key}
		var before string
		old, err := e.kind.Current(ctx, idb, head.Key)
		switch {
		case errors.Is(err, errs.NotFound):
			c.New = true
		case err != nil:
			return nil, err
		default:
			if before, err = text(old); err != nil {
				return nil, fmt.Errorf("%s %q: %w", head.Kind, head.Key, err)
			}
			if s, ok := e.doc.(Settler); ok {
				c.Note = s.Settle(old)
			}
		}
		now, err := text(e.doc)
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w", head.Kind, head.Key, err)
		}
		name := head.Kind + "/" + head.Key
		c.Diff = string(diff.Diff("stored/"+name, []byte(before), "files/"+name, []byte(now)))
		changes[i] = c
	}
	return changes, nil
}

// checkRefs makes sure that whatever a document names exists, in the files or in
// the database.
func (b *Bundle) checkRefs(ctx context.Context, idb bun.IDB, kinds []Kind) error {
	here := map[Head]Doc{}
	for _, e := range b.entries {
		here[*e.doc.Meta()] = e.doc
	}
	var problems Problems
	for _, e := range b.entries {
		for _, ref := range e.doc.Refs() {
			why, err := missing(ctx, idb, kinds, here, ref)
			if err != nil {
				return err
			}
			if why != "" {
				problems = append(problems, e.problem(ref.Path, why+", in these files or stored"))
			}
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// CheckRefs makes sure that whatever a single document names is stored: its Refs, or those
// of them that are to be looked for. It returns errs.Fields.
func CheckRefs(ctx context.Context, idb bun.IDB, kinds []Kind, refs []Ref) error {
	bad := errs.Fields{}
	for _, ref := range refs {
		why, err := missing(ctx, idb, kinds, nil, ref)
		if err != nil {
			return err
		}
		if why != "" && bad[ref.Path] == "" {
			bad[ref.Path] = why
		}
	}
	return bad.OrNil()
}

// missing says what of a mention is neither here nor stored; "" for nothing.
func missing(ctx context.Context, idb bun.IDB, kinds []Kind, here map[Head]Doc, ref Ref) (why string, err error) {
	doc, found := here[Head{Kind: ref.Kind, Key: ref.Key}]
	if !found {
		doc, err = stored(ctx, idb, kinds, ref)
	}
	switch whole, parted := doc.(Parted); {
	case errors.Is(err, errs.NotFound):
		return fmt.Sprintf("there is no %s %q", ref.Kind, ref.Key), nil
	case err == nil && parted && ref.Part != "" && !whole.HasPart(ref.Part):
		return fmt.Sprintf("there is no %q in the %s %q", ref.Part, ref.Kind, ref.Key), nil
	}
	return "", err
}

func stored(ctx context.Context, idb bun.IDB, kinds []Kind, ref Ref) (Doc, error) {
	for _, k := range kinds {
		if k.Name() == ref.Kind {
			return k.Current(ctx, idb, ref.Key)
		}
	}
	return nil, errs.NotFound
}
