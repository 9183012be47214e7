package testkit

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sarnakh/sarnakh/internal/testkit/programs"
)

// nodeFolder is a folder of scripts that asks for no package of the registry.
func nodeFolder(t *testing.T, script string) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range map[string]string{
		"package.json":      `{"name": "tests", "private": true, "type": "module"}`,
		"package-lock.json": `{"name": "tests", "lockfileVersion": 3, "requires": true, "packages": {"": {"name": "tests"}}}`,
		"script.js":         script,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestNodeRunsAScriptWithArguments(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	got := Node(t, nodeFolder(t, `console.log(process.argv.slice(2).join("+"))`), "script.js", "یک", "2")
	if got != "یک+2\n" {
		t.Errorf("it wrote %q", got)
	}
}

func TestNodePackagesAreInstalledOnceForEachLock(t *testing.T) {
	npm, ok := programs.NPM.Find()
	if !ok {
		t.Skip("npm is not installed here")
	}
	home := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", home)
	folder := nodeFolder(t, "")
	var all sync.WaitGroup
	places := make([]string, 3)
	for i := range places {
		all.Go(func() {
			place, err := nodePackages(npm, folder)
			if err != nil {
				t.Error(err)
			}
			places[i] = place
		})
	}
	all.Wait()
	if places[0] != places[1] || places[1] != places[2] || !strings.HasPrefix(places[0], home) {
		t.Errorf("installed in %q", places)
	}
	left, err := os.ReadDir(filepath.Join(home, "sarnakh-testkit", "node"))
	if err != nil || len(left) != 1 {
		t.Errorf("the cache holds %v (%v), want the one folder", left, err)
	}
	// The second time nothing is installed: no npm is needed.
	if again, err := nodePackages("/no/such/npm", folder); err != nil || again != places[0] {
		t.Errorf("second time %q, %v", again, err)
	}
}
