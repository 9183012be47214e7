package manifest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/testkit"
)

// cake is a document of a kind that only this test knows.
type cake struct {
	Head   `yaml:",inline"`
	Name   i18n.Text `yaml:"name" validate:"required"`
	Layers []layer   `yaml:"layers" validate:"min=1,dive"`
	Tea    string    `yaml:"tea,omitempty"`
}

type layer struct {
	Of    string `yaml:"of" validate:"required"`
	Grams int    `yaml:"grams" validate:"gt=0"`
}

func (c *cake) Refs() []Ref {
	if c.Tea == "" {
		return nil
	}
	return []Ref{{Kind: "cake", Key: c.Tea, Path: "tea"}}
}

func (c *cake) Check() error {
	bad := errs.Fields{}
	for i, l := range c.Layers {
		if l.Of == "salt" {
			bad[fmt.Sprintf("layers[%d].of", i)] = "not in a cake"
		}
	}
	return bad.OrNil()
}

// shelf keeps cakes in memory; it refuses one by name to show what a failure does.
type shelf struct{ kept map[string]*cake }

func (*shelf) Name() string { return "cake" }
func (*shelf) New() Doc     { return new(cake) }

func (s *shelf) Current(_ context.Context, _ bun.IDB, key string) (Doc, error) {
	if c, ok := s.kept[key]; ok {
		return c, nil
	}
	return nil, errs.NotFound
}

func (s *shelf) Apply(_ context.Context, tx db.Tx, d Doc) error {
	c := d.(*cake)
	if c.Key == "cursed" {
		return fmt.Errorf("cake cursed: %w", errs.Conflict)
	}
	tx.AfterCommit(func() { s.kept[c.Key] = c })
	return nil
}

func files(texts ...string) (fstest.MapFS, []string) {
	fsys, names := fstest.MapFS{}, []string{}
	for i, text := range texts {
		name := fmt.Sprintf("%d.yaml", i)
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
		names = append(names, name)
	}
	return fsys, names
}

func TestEveryMistakeIsToldWithFileAndLine(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no such kind":    {"kind: pie\nkey: a\n", `0.yaml:1: kind: "pie" is not a kind of document; write one of cake`},
		"misspelt field":  {"kind: cake\nkey: a\nname: A\nlayer: []\n", "0.yaml:4: "},
		"wrong type":      {"kind: cake\nkey: a\nname: A\nlayers:\n  - of: jam\n    grams: much\n", "0.yaml:6: "},
		"missing":         {"kind: cake\nkey: a\nname: A\nlayers:\n  - of: jam\n    grams: 5\n  - grams: 7\n", "0.yaml:7: layers[1].of: is needed"},
		"out of range":    {"kind: cake\nkey: a\nname: A\nlayers:\n  - of: jam\n    grams: 0\n", "0.yaml:6: layers[0].grams: must be more than 0"},
		"bad key":         {"kind: cake\nkey: Big Cake\nname: A\nlayers: [{of: jam, grams: 1}]\n", "0.yaml:2: key: write small letters"},
		"its own rule":    {"kind: cake\nkey: a\nname: A\nlayers:\n  - {of: salt, grams: 1}\n", "0.yaml:5: layers[0].of: not in a cake"},
		"not YAML":        {"kind: cake\n  key: [\n", "0.yaml:"},
		"twice":           {"kind: cake\nkey: a\nname: A\nlayers: [{of: jam, grams: 1}]\n---\nkind: cake\nkey: a\nname: B\nlayers: [{of: jam, grams: 1}]\n", `0.yaml:7: key: cake "a" stands in 0.yaml:2 already`},
		"a list, no kind": {"- 1\n- 2\n", "0.yaml:1: "},
	} {
		t.Run(name, func(t *testing.T) {
			fsys, names := files(c.text)
			_, err := Load(fsys, names, []Kind{&shelf{}})
			if err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, errs.Invalid) {
				t.Errorf("told:\n%v\nwant:\n%s", err, c.want)
			}
		})
	}
}

func openDB(t *testing.T) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), "", testkit.Database{Dir: t.TempDir()}.Dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

const good = "kind: cake\nkey: a\nname: {en: A, fa: آ}\ntea: b\nlayers:\n  - {of: jam, grams: 5}\n---\nkind: cake\nkey: b\nname: B\nlayers: [{of: rice, grams: 9}]\n"

func TestApplyingTwiceChangesNothing(t *testing.T) {
	d, s, ctx := openDB(t), &shelf{kept: map[string]*cake{}}, context.Background()
	fsys, names := files(good)
	apply := func() []Change {
		b, err := Load(fsys, names, []Kind{s})
		if err != nil {
			t.Fatal(err)
		}
		changes, err := b.Apply(ctx, d, []Kind{s})
		if err != nil {
			t.Fatal(err)
		}
		return changes
	}
	for _, c := range apply() {
		if !c.New || c.Diff == "" {
			t.Errorf("first time: %+v, want new", c)
		}
	}
	for _, c := range apply() {
		if c.New || c.Diff != "" {
			t.Errorf("second time: %+v, want no change", c)
		}
	}
}

func TestADryRunShowsTheDifferenceAndChangesNothing(t *testing.T) {
	d, ctx := openDB(t), context.Background()
	s := &shelf{kept: map[string]*cake{"a": {Head: Head{"cake", "a"}, Name: i18n.Plain("A"), Layers: []layer{{"jam", 5}}}}}
	fsys, names := files("kind: cake\nkey: a\nname: A\nlayers: [{of: jam, grams: 7}]\n")
	b, err := Load(fsys, names, []Kind{s})
	if err != nil {
		t.Fatal(err)
	}
	changes, err := b.Plan(ctx, d, []Kind{s})
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) != 1 || !strings.Contains(changes[0].Diff, "-  grams: 5") || !strings.Contains(changes[0].Diff, "+  grams: 7") {
		t.Errorf("difference:\n%s", changes[0].Diff)
	}
	if s.kept["a"].Layers[0].Grams != 5 {
		t.Error("the dry run stored something")
	}
}

func TestAReferenceToNothingIsToldAndNothingIsStored(t *testing.T) {
	d, s, ctx := openDB(t), &shelf{kept: map[string]*cake{}}, context.Background()
	fsys, names := files("kind: cake\nkey: a\nname: A\ntea: none\nlayers: [{of: jam, grams: 7}]\n")
	b, err := Load(fsys, names, []Kind{s})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Apply(ctx, d, []Kind{s}); err == nil || !strings.Contains(err.Error(), `0.yaml:4: tea: there is no cake "none"`) {
		t.Errorf("told %v", err)
	}
	if len(s.kept) != 0 {
		t.Error("something was stored")
	}
}

func TestAConflictNamesTheDocument(t *testing.T) {
	d, s, ctx := openDB(t), &shelf{kept: map[string]*cake{}}, context.Background()
	fsys, names := files("# a comment\nkind: cake\nkey: cursed\nname: A\nlayers: [{of: jam, grams: 7}]\n")
	b, err := Load(fsys, names, []Kind{s})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Apply(ctx, d, []Kind{s}); err == nil || !strings.Contains(err.Error(), "0.yaml:2: cake cursed: conflict") {
		t.Errorf("told %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(good)
	f.Add("kind: cake\nkey: &a x\nname: *a\n")
	f.Add("a: [\n")
	f.Fuzz(func(t *testing.T, text string) {
		fsys, names := files(text)
		if _, err := Load(fsys, names, []Kind{&shelf{}}); err != nil && !errors.Is(err, errs.Invalid) {
			t.Errorf("%v is not of kind Invalid", err)
		}
	})
}
