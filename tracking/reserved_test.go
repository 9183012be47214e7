package tracking

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// open are the events of the lead store that a source may well tell of.
var open = []string{"Order Completed", "Page Viewed", "Identified"}

// TestNobodyButUsRecordsWhatWeKnowAtFirstHand goes through the lead store's own source:
// an event that is new there is reserved, or named above because it is not.
func TestNobodyButUsRecordsWhatWeKnowAtFirstHand(t *testing.T) {
	files, err := filepath.Glob("../leads/*.go")
	if err != nil {
		t.Fatal(err)
	}
	allowed, seen := plainNames(open...), 0
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			constants, ok := d.(*ast.GenDecl)
			if !ok || constants.Tok != token.CONST {
				continue
			}
			for _, spec := range constants.Specs {
				v := spec.(*ast.ValueSpec)
				if !strings.HasPrefix(v.Names[0].Name, "Event") || len(v.Values) != 1 {
					continue
				}
				event, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				seen++
				if key := plainName(event); reservedNames[key] == allowed[key] {
					t.Errorf("%s %q: is it reserved, or may a source tell of it?", filepath.Base(name), event)
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d events were found", seen)
	}
}

func TestAReservedNameIsReservedHoweverItIsSpelt(t *testing.T) {
	for _, name := range []string{"Points Earned", "points-earned", "CONSENT.GIVEN", "Lead  Imported", "Consent\u200cGiven"} {
		if !reservedNames[plainName(name)] {
			t.Errorf("%q may be told by anybody", name)
		}
	}
}
