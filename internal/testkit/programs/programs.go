package programs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// A Program is something the tests need that Go cannot build.
type Program struct {
	// Name is what a person calls it, as in "PostgreSQL".
	Name string
	// Env is the variable by which a person names one of their own, if there
	// is such a variable: a program's path, or, where Remote, a server's URL.
	Env    string
	Remote bool
	// Names are the file names to look for, best first.
	Names []string
	// Folders are patterns of folders to look into besides PATH.
	Folders []string
	// Packages are what Debian calls it.
	Packages []string
}

// The programs that the whole suite needs.
var (
	Postgres = Program{
		Name:     "PostgreSQL",
		Env:      "SARNAKH_TEST_POSTGRES",
		Remote:   true,
		Names:    []string{"initdb"},
		Folders:  []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin"},
		Packages: []string{"postgresql"},
	}
	Redis = Program{
		Name:     "redis-server",
		Env:      "SARNAKH_TEST_REDIS",
		Names:    []string{"redis-server", "valkey-server"},
		Packages: []string{"redis-server"},
	}
	Chromium = Program{
		Name:    "Chromium",
		Env:     "SARNAKH_TEST_CHROMIUM",
		Names:   []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"},
		Folders: []string{"/Applications/Google Chrome.app/Contents/MacOS"},
		// The fonts are for Persian in screenshots: without them the
		// browser draws empty boxes and the pages cannot be judged.
		Packages: []string{"chromium", "fonts-noto-core"},
	}
	Compiler = Program{
		Name:     "a C compiler (for the race detector)",
		Names:    []string{"gcc", "clang"},
		Packages: []string{"gcc", "libc6-dev"},
	}
	Node = Program{
		Name:     "Node.js",
		Env:      "SARNAKH_TEST_NODE",
		Names:    []string{"node", "nodejs"},
		Packages: []string{"nodejs"},
	}
	NPM = Program{
		Name:     "npm",
		Names:    []string{"npm"},
		Packages: []string{"npm"},
	}
)

// All is every program of the suite, in the order in which they are reported.
var All = []Program{Postgres, Redis, Chromium, Compiler, Node, NPM}

// Named is what the person at the keyboard has named for the program in its
// variable, or "".
func (p Program) Named() string {
	if p.Env == "" {
		return ""
	}
	return os.Getenv(p.Env)
}

// Find is the path of the program on this machine: the one named in its
// variable, else the first of its names in PATH, else in its folders, where a
// higher version wins. It is false when there is none.
func (p Program) Find() (string, bool) {
	if named := p.Named(); named != "" && !p.Remote {
		path, err := exec.LookPath(named)
		return path, err == nil
	}
	for _, name := range p.Names {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	for _, pattern := range p.Folders {
		folders, err := filepath.Glob(pattern)
		if err != nil {
			continue
		}
		if path, ok := newest(folders, p.Names); ok {
			return path, true
		}
	}
	return "", false
}

// newest is the path of the first of the names that stands in the folder with
// the highest number in its path: /usr/lib/postgresql/17/bin before 9/bin.
func newest(folders, names []string) (string, bool) {
	best, highest := "", -1
	for _, folder := range folders {
		for _, name := range names {
			path, err := exec.LookPath(filepath.Join(folder, name))
			if err == nil && number(folder) > highest {
				best, highest = path, number(folder)
			}
		}
	}
	return best, best != ""
}

// number is the first whole number in the path, or 0.
func number(path string) int {
	start := 0
	for start < len(path) && (path[start] < '0' || path[start] > '9') {
		start++
	}
	end := start
	for end < len(path) && path[end] >= '0' && path[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(path[start:end])
	if err != nil {
		return 0
	}
	return n
}
