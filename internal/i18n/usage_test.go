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

// numeric is a run that begins with a digit or a sign and that a Persian line would turn
// around: 2025-11-21, +98912…, 9.89E+11, #REF!. After a Persian letter its parts stand from
// right to left, unless a left-to-right mark goes before.
var numeric = regexp.MustCompile(`(^|[^\x{200E}\x{2066}A-Za-z0-9+#/:._*@%=?&{-])([0-9+#/*][A-Za-z0-9+#/:._*@%=?&-]*[A-Za-z0-9])`)

func TestNumbersWithSignsKeepTheirOrderInPersianCopy(t *testing.T) {
	catalog := product(t)
	for _, key := range catalog.Keys() {
		for _, match := range numeric.FindAllStringSubmatch(catalog.messages[key].text[Persian], -1) {
			if strings.ContainsFunc(match[2], func(r rune) bool { return r < '0' || r > '9' }) {
				t.Errorf("%s: %q wants a left-to-right mark before it", key, match[2])
			}
		}
	}
}
