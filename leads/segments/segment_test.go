package segments

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sarnakh/sarnakh/internal/conditions"
	"github.com/sarnakh/sarnakh/internal/db"
	"github.com/sarnakh/sarnakh/internal/errs"
	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/internal/manifest"
)

func definition(key, segment string) *Definition {
	return &Definition{Head: manifest.Head{Key: key}, Name: i18n.Plain(key), Condition: &conditions.Condition{Segment: segment}}
}

func TestASegmentThatNamesItselfIsRefusedWithTheWay(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.define("a", "")
		h.define("b", "{not: {segment: a}}")
		h.define("c", "{segment: b}")
		for key, way := range map[string]string{"a": "a → c → b → a", "c": "c → c"} {
			to := map[string]string{"a": "c", "c": "c"}[key]
			err := h.Save(t.Context(), definition(key, to))
			fields, ok := errs.AsFields(err)
			if !ok || !strings.Contains(fields["condition"], way) {
				t.Errorf("%s naming %s: %v, want the way %q", key, to, err, way)
			}
		}
		if err := h.Save(t.Context(), definition("d", "nobody")); !errors.Is(err, errs.Invalid) || !strings.Contains(err.Error(), `"nobody"`) {
			t.Errorf("naming what is not there: %v", err)
		}
	})
}

func TestASegmentThatOthersNameCannotBeDeleted(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ids := h.people(1, 2)
		h.define("a", "")
		h.define("b", "{segment: a}")
		if err := h.Delete(t.Context(), "a"); !errors.Is(err, errs.Conflict) || !strings.Contains(err.Error(), `named by b`) {
			t.Errorf("deleting what b names: %v", err)
		}
		seg := h.find("b")
		if err := h.Delete(t.Context(), "b"); err != nil {
			t.Fatal(err)
		}
		if err := h.Delete(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Find(t.Context(), h.db.Read(), "b"); !errors.Is(err, errs.NotFound) {
			t.Errorf("after deleting: %v", err)
		}
		// A new one of the same key begins with nobody of the old.
		h.define("b", "{field: cups, is: 2}")
		if again := h.find("b"); again.ID == seg.ID || again.Size != 1 {
			t.Errorf("the new one: %+v", again)
		}
		h.wantMembers("b", ids[1])
	})
}

func TestSavingTheSameAgainFillsNothingAnew(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.define("a", "{field: cups, at_least: 2}")
		before := h.find("a")
		d := before.Definition
		d.Name = i18n.Text{i18n.Persian: "الف", i18n.English: "A"}
		h.save(&d)
		after := h.find("a")
		if after.Revision != before.Revision || after.State != Ready || after.Definition.Name.In(i18n.English) != "A" {
			t.Errorf("a new name: %+v", after)
		}
		d.Static, d.Condition = true, nil
		if err := h.Save(t.Context(), &d); !errors.Is(err, errs.Conflict) {
			t.Errorf("from a condition to by hand: %v", err)
		}
	})
}

func TestByHandOneEntersAndLeavesOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		ids := h.people(1, 2, 3)
		h.static("friends")
		h.define("not-friends", "{not: {segment: friends}}")
		found, unknown, err := h.leadsOf(t.Context(), h.db.Read(), []string{"P1@Example.com", "nobody@example.com", "p۲@example.com"})
		if err != nil || len(found) != 2 || len(unknown) != 1 || unknown[0] != "nobody@example.com" {
			t.Fatalf("by e-mail: %v %v %v", found, unknown, err)
		}
		for i, want := range []Changed{{Changed: 2}, {Already: 2}} {
			if got, err := h.Add(t.Context(), "friends", found...); err != nil || got.Changed != want.Changed || got.Already != want.Already {
				t.Errorf("adding, time %d: %+v, %v", i+1, got, err)
			}
		}
		h.wantMembers("friends", ids[0], ids[1])
		h.wantMembers("not-friends", ids[2])
		if _, err := h.Remove(t.Context(), "friends", ids...); err != nil {
			t.Fatal(err)
		}
		h.wantMembers("not-friends", ids...)
		h.wantTold(ids[0], "+friends", "-not-friends", "-friends", "+not-friends")
		h.wantTold(ids[2])
		if _, err := h.Add(t.Context(), "not-friends", ids[0]); !errors.Is(err, errs.Conflict) {
			t.Errorf("adding to a segment with a condition: %v", err)
		}
		h.addsUp()
	})
}

func TestShortTimesAreLookedAtMoreOften(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"{event: A, within: 1h}": time.Minute,
		"all: [{event: A, within: 30d}, {not: {field: f, within: 5d}}]": 36 * time.Minute,
		"{event: A, within: 30d}":                0,
		"{event: A, where: {at: {within: 10h}}}": 3 * time.Minute,
		"{event: A}":                             0,
	} {
		c, err := readCondition(text)
		if err != nil {
			t.Fatal(err)
		}
		step, ok := pace(c)
		if ok != (want > 0) || ok && step != want {
			t.Errorf("%s: every %v (%v), want %v", text, step, ok, want)
		}
	}
}

func TestOneSegmentMoreThanCanBeKeptUpIsRefusedAndNotForgotten(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.bulk(func(ctx context.Context, tx db.Tx) error {
			var rows []*Segment
			for i := range most {
				d := definition(fmt.Sprintf("s%04d", i), "")
				d.Condition = nil
				rows = append(rows, &Segment{Key: d.Key, Definition: *d, State: Ready, CreatedAt: start, UpdatedAt: start})
			}
			_, err := db.InsertMany(ctx, tx, rows, "")
			return err
		})
		d := &Definition{Head: manifest.Head{Key: "zzz"}, Name: i18n.Plain("one more")}
		err := h.Save(t.Context(), d)
		if fields, _ := errs.AsFields(err); fields["key"] != errMost["key"] {
			t.Errorf("one more: %v", err)
		}
		d.Key = "s0499"
		if err := h.Save(t.Context(), d); err != nil {
			t.Errorf("the last one changes: %v", err)
		}
	})
}
