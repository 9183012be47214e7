// Package sarnakh_test holds the whole house to its floors: see doc/architecture.md.
package sarnakh_test

import (
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// The house has floors, and an import only ever goes down: that is what keeps
// each room small enough to understand alone. Within one top folder, and among
// the rooms of floor 1, imports are free. This is the table of
// doc/architecture.md; a new top folder gets its floor here.
var floors = map[string]int{
	"cmd": 6,

	"campaigns": 5, "surveys": 5, "insights": 5,

	"forms": 4, "offers": 4, "loyalty": 4, "delivery": 4,

	"abtest": 3, "webhooks": 3, "tracking": 3,

	"leads": 2, "access": 2,

	"workers": 1, "templates": 1, "migrations": 1, "internal": 1,
	"sample": 1, // the demo's campaign: files, and a line that embeds them
}

// module is the prefix of our own import paths.
const module = "github.com/sarnakh/sarnakh"

// testkit is imported by tests alone.
const testkit = "internal/testkit"

// reserved names the only folders that may import a module, besides cmd. Tests
// may import what is the workers' too: they look at the queue from outside.
var reserved = []struct {
	module string
	folder string
	tests  bool
}{
	{"github.com/hibiken/asynq", "workers", true},
	{"github.com/redis/go-redis", "workers", true},
	{"github.com/alicebob/miniredis", "workers", true},
	{"github.com/wneessen/go-mail", "internal/mail", false},
}

// pure packages compute and do nothing else: the same input gives the same
// answer, whatever the time and the database.
var (
	pure          = []string{"abtest/stats", "abtest/assign", "campaigns/journey"}
	impureImports = []string{"database/sql", "net/http", "github.com/uptrace/bun",
		module + "/internal/db", module + "/internal/web", module + "/internal/clock"}
	impureCalls = map[string][]string{"time": {"Now", "Since", "Until", "Sleep", "After", "Tick", "NewTimer", "NewTicker"}}
)

// environment are the calls that read it. Settings are read in cmd and handed
// down; a feature that looks for itself cannot be tested or explained.
var environment = map[string][]string{"os": {"Getenv", "LookupEnv", "Environ", "ExpandEnv"}}

// nameless are package names that say nothing of what is inside.
var nameless = []string{"util", "utils", "common", "models", "types", "helpers"}

func TestImportsOnlyGoDown(t *testing.T) {
	for _, offence := range inspect(t, os.DirFS(".")) {
		t.Error(offence)
	}
}

// inspect reads every Go file below the root and returns what breaks the rules
// of the house, a sentence each.
func inspect(t *testing.T, root fs.FS) []string {
	t.Helper()
	var offences []string
	commented := map[string]bool{} // by package folder
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && outside(root, name):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		f, err := read(root, name)
		if err != nil || f == nil {
			return err
		}
		offences = append(offences, f.offences()...)
		if !f.test {
			commented[f.folder] = commented[f.folder] || f.syntax.Doc != nil
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for folder, yes := range commented {
		if !yes {
			offences = append(offences, fmt.Sprintf(
				"%s: the package has no comment; doc.go says in a sentence what it is for", folder))
		}
	}
	slices.Sort(offences)
	return offences
}

// outside reports whether a folder holds no Go of ours: hidden, data of tests,
// another module.
func outside(root fs.FS, folder string) bool {
	if folder == "." {
		return false
	}
	base := path.Base(folder)
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "node_modules" {
		return true
	}
	_, err := fs.Stat(root, path.Join(folder, "go.mod"))
	return err == nil
}

// A source is one Go file of ours.
type source struct {
	name   string // as in leads/lead.go
	folder string // as in leads
	top    string // the top folder, "" for files at the root
	test   bool
	syntax *ast.File
	files  *token.FileSet
}

// read parses the file. It is nil for one that is never built with the rest:
// one that only names tools.
func read(root fs.FS, name string) (*source, error) {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return nil, err
	}
	s := &source{name: name, folder: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), files: token.NewFileSet()}
	if top, _, below := strings.Cut(name, "/"); below {
		s.top = top
	}
	s.syntax, err = parser.ParseFile(s.files, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, group := range s.syntax.Comments {
		for _, c := range group.List {
			if c.Pos() > s.syntax.Package || !constraint.IsGoBuild(c.Text) {
				continue
			}
			expression, err := constraint.Parse(c.Text)
			if err != nil {
				return nil, err
			}
			tool := func(tag string) bool { return tag == "tools" || tag == "ignore" }
			none := func(string) bool { return false }
			if expression.Eval(tool) && !expression.Eval(none) {
				return nil, nil
			}
		}
	}
	return s, nil
}

// offences is what this file does against the rules.
func (s *source) offences() []string {
	var found []string
	report := func(at token.Pos, format string, args ...any) {
		found = append(found, fmt.Sprintf("%s:%d: ", s.name, s.files.Position(at).Line)+fmt.Sprintf(format, args...))
	}
	floor, known := s.floor()
	if !known {
		report(s.syntax.Package, "%s/ has no floor: add it to the table in floors_test.go and to doc/architecture.md, or put the code into a folder that has one", s.top)
		return found
	}
	name := strings.TrimSuffix(s.syntax.Name.Name, "_test")
	if slices.Contains(nameless, name) || slices.Contains(nameless, path.Base(s.folder)) {
		report(s.syntax.Package, "a package called %q says nothing: name it after what it holds", name)
	}

	for _, spec := range s.syntax.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			report(spec.Pos(), "%v", err)
			continue
		}
		if target == module && floor < 6 {
			report(spec.Pos(), "imports the root: that is no package, it holds the tests of the whole")
		}
		if ours, ok := strings.CutPrefix(target, module+"/"); ok {
			if why := s.refuses(floor, ours); why != "" {
				report(spec.Pos(), "imports %s: %s", ours, why)
			}
		}
		for _, r := range reserved {
			if within(target, r.module) && !within(s.folder, r.folder) && floor < 6 && !(s.test && r.tests) {
				report(spec.Pos(), "imports %s: only %s does; ask it for what you need", target, r.folder)
			}
		}
		if s.isPure() && slices.ContainsFunc(impureImports, func(m string) bool { return within(target, m) }) {
			report(spec.Pos(), "imports %s: %s is pure, it only computes; let the caller fetch and pass the values", target, s.folder)
		}
	}
	if floor < 6 && !s.test && !within(s.folder, testkit) {
		for _, call := range s.uses(environment) {
			report(call.Pos(), "reads the environment: settings are read in cmd/sarnakh and passed down")
		}
	}
	if s.isPure() {
		for _, call := range s.uses(impureCalls) {
			report(call.Pos(), "uses time.%s: %s is pure, the time is handed in", call.Sel.Name, s.folder)
		}
	}
	return found
}

// floor is the floor on which the file stands. Files at the root are tests of
// the whole and see everything, like cmd.
func (s *source) floor() (int, bool) {
	if s.top == "" {
		return 6, true
	}
	floor, ok := floors[s.top]
	return floor, ok
}

// refuses says why the file may not import our package, or "".
func (s *source) refuses(floor int, target string) string {
	top, _, _ := strings.Cut(target, "/")
	below, known := floors[top]
	switch {
	case within(target, testkit) && !s.test && !within(s.folder, testkit):
		return "only tests do"
	case s.top == top || s.top == "":
		return ""
	case !known:
		return "it has no floor in floors_test.go"
	case below < floor || below == 1 && floor == 1:
		return ""
	case below == floor:
		return fmt.Sprintf("both stand on floor %d; declare a small interface here and join the two in cmd/sarnakh", floor)
	}
	return fmt.Sprintf("that goes up, from floor %d to %d; an arrow only goes down", floor, below)
}

// isPure reports whether the file belongs to a package that only computes. Its
// tests are free.
func (s *source) isPure() bool {
	return !s.test && slices.ContainsFunc(pure, func(p string) bool { return within(s.folder, p) })
}

// uses are the places where the file names one of a package's functions,
// whatever it calls the package.
func (s *source) uses(functions map[string][]string) []*ast.SelectorExpr {
	local := map[string][]string{}
	for _, spec := range s.syntax.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil || functions[target] == nil {
			continue
		}
		name := path.Base(target)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		local[name] = functions[target]
	}
	var found []*ast.SelectorExpr
	ast.Inspect(s.syntax, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := selector.X.(*ast.Ident); ok && slices.Contains(local[x.Name], selector.Sel.Name) {
				found = append(found, selector)
			}
		}
		return true
	})
	return found
}

// within reports whether the path is the folder or lies in it.
func within(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}

// TestInspectionFindsOffenders proves that the inspection can fail: each of
// these made-up files breaks one rule, or, with no sentence, none.
func TestInspectionFindsOffenders(t *testing.T) {
	const ours = `import _ "` + module + `/`
	for _, c := range []struct{ rule, file, body, want string }{
		{"down is fine", "forms/a.go", ours + `leads"`, ""},
		{"within a folder is fine", "abtest/a.go", ours + `abtest/stats"`, ""},
		{"floor 1 among itself is fine", "workers/a.go", ours + `internal/db"`, ""},
		{"cmd sees everything", "cmd/sarnakh/a.go", ours + `campaigns"` + "\n" + `import _ "github.com/hibiken/asynq"`, ""},
		{"up", "leads/a.go", ours + `forms"`, "leads/a.go:3: imports forms: that goes up"},
		{"up from mechanism", "internal/web/a.go", ours + `leads"`, "that goes up"},
		{"up in a test", "leads/a_test.go", ours + `forms"`, "that goes up"},
		{"sideways", "forms/a.go", ours + `delivery"`, "both stand on floor 4"},
		{"sideways on floor 5", "surveys/a.go", ours + `insights"`, "both stand on floor 5"},
		{"cmd as a library", "insights/a.go", ours + `cmd/sarnakh"`, "that goes up"},
		{"the root as a library", "leads/a.go", `import _ "` + module + `"`, "imports the root"},
		{"testkit in a test", "leads/a_test.go", ours + `internal/testkit"`, ""},
		{"testkit in the product", "leads/a.go", ours + `internal/testkit"`, "only tests do"},
		{"testkit in cmd", "cmd/sarnakh/a.go", ours + `internal/testkit/programs"`, "only tests do"},
		{"asynq elsewhere", "leads/a.go", `import _ "github.com/hibiken/asynq"`, "only workers does"},
		{"asynq at its place", "workers/a.go", `import _ "github.com/hibiken/asynq"`, ""},
		{"go-redis in a test", "leads/a_test.go", `import _ "github.com/redis/go-redis/v9"`, ""},
		{"miniredis elsewhere", "internal/db/a.go", `import _ "github.com/alicebob/miniredis/v2"`, "only workers does"},
		{"go-mail elsewhere", "delivery/a.go", `import _ "github.com/wneessen/go-mail"`, "only internal/mail does"},
		{"go-mail at its place", "internal/mail/a.go", `import _ "github.com/wneessen/go-mail"`, ""},
		{"environment", "leads/a.go", "import \"os\"\nvar x = os.Getenv(\"X\")", "leads/a.go:4: reads the environment"},
		{"environment by another name", "leads/a.go", "import sys \"os\"\nvar x, _ = sys.LookupEnv(\"X\")", "reads the environment"},
		{"environment in cmd", "cmd/sarnakh/a.go", "import \"os\"\nvar x = os.Getenv(\"X\")", ""},
		{"clock in a pure package", "campaigns/journey/a.go", "import \"time\"\nvar x = time.Now()", "uses time.Now"},
		{"clock next to it", "campaigns/a.go", "import \"time\"\nvar x = time.Now()", ""},
		{"durations in a pure package", "campaigns/journey/a.go", "import \"time\"\nvar x = time.Hour", ""},
		{"SQL in a pure package", "abtest/stats/a.go", `import _ "database/sql"`, "abtest/stats is pure"},
		{"bun in a pure package", "abtest/assign/a.go", `import _ "github.com/uptrace/bun/dialect/pgdialect"`, "abtest/assign is pure"},
		{"HTTP in a pure package", "abtest/stats/a.go", `import _ "net/http"`, "abtest/stats is pure"},
		{"a name that says nothing", "internal/util/a.go", "", "says nothing"},
		{"a new top folder", "gamification/a.go", "", "gamification/ has no floor: add it to the table"},
		{"another module", "gamification/go.mod", "", ""},
		{"tools", "tools.go", "", ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			text := "// Package a has a comment.\npackage " + path.Base(path.Dir(c.file)) + "\n" + c.body
			if path.Dir(c.file) == "." {
				text = "//go:build tools\n\npackage tools\n" + ours + `cmd/sarnakh"`
			}
			expect(t, fstest.MapFS{c.file: {Data: []byte(text)}}, c.want)
		})
	}
	t.Run("no package comment", func(t *testing.T) {
		expect(t, fstest.MapFS{
			"leads/lead.go":      {Data: []byte("package leads\n")},
			"leads/lead_test.go": {Data: []byte("// Package leads is described in the wrong place.\npackage leads\n")},
		}, "leads: the package has no comment")
	})
}

// expect fails the test unless the inspection says exactly what is wanted.
func expect(t *testing.T, root fs.FS, want string) {
	t.Helper()
	got := inspect(t, root)
	switch {
	case want == "" && len(got) > 0:
		t.Errorf("refused: %q", got)
	case want != "" && (len(got) != 1 || !strings.Contains(got[0], want)):
		t.Errorf("got %q, want one with %q", got, want)
	}
}
