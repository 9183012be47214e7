package i18n

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A literal key, as a template writes it ({{.T "key"}}, {{$.T "key"}}) and as
// Go writes it (page.T("key")).
var (
	keyInTemplate = regexp.MustCompile(`\.T\s+"([^"]+)"`)
	keyInGo       = regexp.MustCompile(`\.T\(\s*"([^"]+)"\s*[,)]`)
)

func TestEveryKeyInUseIsInTheCatalogue(t *testing.T) {
	catalog := product(t)
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && len(name) > 2 && strings.HasPrefix(name, ".") {
			return filepath.SkipDir
		}
		pattern := keyInGo
		switch {
		case strings.HasSuffix(name, ".gohtml"):
			pattern = keyInTemplate
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for number, line := range strings.Split(string(source), "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "//") {
				continue
			}
			for _, match := range pattern.FindAllStringSubmatch(line, -1) {
				if !catalog.Has(match[1]) {
					t.Errorf("%s:%d uses %q, which no catalogue has", path, number+1, match[1])
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPersianCopyUsesPersianLettersAndDigits(t *testing.T) {
	catalog := product(t)
	for _, key := range catalog.Keys() {
		text := catalog.messages[key].text[Persian]
		if strings.ContainsAny(text, "يكىة٠١٢٣٤٥٦٧٨٩") {
			t.Errorf("%s: %q has Arabic letters or digits where Persian ones belong", key, text)
		}
	}
}
