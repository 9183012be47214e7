package i18n

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Catalog holds every message in every language. It never changes after Load
// and may be read from many goroutines.
type Catalog struct {
	messages map[string]message
}

type message struct {
	file string
	text map[Lang]string
}

// Load reads all YAML files at the root of fsys. A file maps keys to the text
// in each language, side by side:
//
//	leads.title: {en: Leads, fa: سرنخ‌ها}
//	leads.count.one: {en: "{n} lead"}
//	leads.count.other: {en: "{n} leads", fa: "{n} سرنخ"}
//
// It fails, with the file and the key, when a language is missing or unknown, a
// key appears twice, or the arguments in braces differ between the languages.
// Only a plural's ".one" may leave Persian out: Persian counts with ".other".
func Load(fsys fs.FS) (*Catalog, error) {
	files, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	c := &Catalog{messages: map[string]message{}}
	for _, file := range files {
		if err := c.read(fsys, file); err != nil {
			return nil, fmt.Errorf("catalogue %s: %w", path.Base(file), err)
		}
	}
	for _, key := range c.Keys() {
		if err := c.check(key); err != nil {
			return nil, fmt.Errorf("catalogue %s: %s: %w", c.messages[key].file, key, err)
		}
	}
	return c, nil
}

// Has reports whether T would find the key, as a message or as a plural.
func (c *Catalog) Has(key string) bool {
	_, whole := c.messages[key]
	_, plural := c.messages[key+other]
	return whole || plural
}

// Keys lists every key as written in the files, sorted.
func (c *Catalog) Keys() []string {
	keys := make([]string, 0, len(c.messages))
	for key := range c.messages {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

const (
	one   = ".one"
	other = ".other"
)

func (c *Catalog) read(fsys fs.FS, file string) error {
	data, err := fs.ReadFile(fsys, file)
	if err != nil {
		return err
	}
	var entries map[string]map[Lang]string
	if err := yaml.Unmarshal(data, &entries); err != nil {
		return err
	}
	for key, text := range entries {
		if before, doubled := c.messages[key]; doubled {
			return fmt.Errorf("%s: already in %s", key, before.file)
		}
		c.messages[key] = message{file: file, text: text}
	}
	return nil
}

func (c *Catalog) check(key string) error {
	m := c.messages[key]
	stem, isOne := strings.CutSuffix(key, one)
	if isOne && !c.Has(stem) {
		return fmt.Errorf("has no %s%s beside it", stem, other)
	}
	for lang := range m.text {
		if !slices.Contains(Langs, lang) {
			return fmt.Errorf("%q is not a language (text with a comma or a colon wants quotes)", lang)
		}
	}
	want := arguments(m.text[English])
	for _, lang := range Langs {
		text := m.text[lang]
		if text == "" && isOne && lang == Persian {
			continue
		}
		if text == "" {
			return fmt.Errorf("%s is missing", lang)
		}
		if got := arguments(text); !slices.Equal(got, want) {
			return fmt.Errorf("%s takes %v, %s takes %v", English, want, lang, got)
		}
	}
	return nil
}

var argument = regexp.MustCompile(`\{([a-z][a-z0-9_]*)\}`)

// arguments lists the names in braces, sorted, each once.
func arguments(text string) []string {
	names := []string{}
	for _, match := range argument.FindAllStringSubmatch(text, -1) {
		names = append(names, match[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}
