package i18n

import (
	"strings"
	"testing"
	"testing/fstest"
)

func load(t *testing.T, files map[string]string) (*Catalog, error) {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Load(fsys)
}

func TestFaultyCataloguesAreRefusedWithFileAndKey(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"language missing": {
			map[string]string{"leads.yaml": "leads.title: {en: Leads}"},
			[]string{"leads.yaml", "leads.title", "fa is missing"},
		},
		"key in two files": {
			map[string]string{"a.yaml": "k: {en: A, fa: ا}", "b.yaml": "k: {en: B, fa: ب}"},
			[]string{"b.yaml", "k", "a.yaml"},
		},
		"key twice in one file": {
			map[string]string{"a.yaml": "k: {en: A, fa: ا}\nk: {en: B, fa: ب}"},
			[]string{"a.yaml", `"k"`},
		},
		"arguments differ": {
			map[string]string{"a.yaml": `k: {en: "{n} of {total}", fa: "{n} از {all}"}`},
			[]string{"a.yaml", "k", "[n total]", "[all n]"},
		},
		"unknown language": {
			map[string]string{"a.yaml": "k: {en: A, fa: ا, de: A}"},
			[]string{"a.yaml", "k", `"de"`},
		},
		"one without other": {
			map[string]string{"a.yaml": `k.one: {en: "{n} lead"}`},
			[]string{"a.yaml", "k.one", "k.other"},
		},
		"not a mapping": {
			map[string]string{"a.yaml": "k: Leads"},
			[]string{"a.yaml"},
		},
	} {
		_, err := load(t, c.files)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		for _, part := range c.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q does not say %q", name, err, part)
			}
		}
	}
}

func TestPluralsFollowTheLanguage(t *testing.T) {
	c, err := load(t, map[string]string{"a.yaml": `
leads.one: {en: "{n} lead"}
leads.other: {en: "{n} leads", fa: "{n} سرنخ"}
`})
	if err != nil {
		t.Fatal(err)
	}
	en, fa := c.Locale(English, nil), c.Locale(Persian, nil)
	for _, c := range []struct{ got, want string }{
		{en.T("leads", "n", 1), "1 lead"},
		{en.T("leads", "n", int64(0)), "0 leads"},
		{en.T("leads", "n", 12345), "12,345 leads"},
		{fa.T("leads", "n", 1), "۱ سرنخ"},
		{fa.T("leads", "n", 12345), "۱۲٬۳۴۵ سرنخ"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	if !c.Has("leads") || c.Has("lead") {
		t.Error("Has does not know the plural")
	}
}

func TestMessagesTakeNamedArguments(t *testing.T) {
	c, err := load(t, map[string]string{"a.yaml": `
hello: {en: "Hello {name}, {n} new", fa: "{name} عزیز، {n} تازه"}
`})
	if err != nil {
		t.Fatal(err)
	}
	type key string
	en, fa := c.Locale(English, nil), c.Locale(Persian, nil)
	for _, c := range []struct{ got, want string }{
		{en.T("hello", "name", "Sara", "n", 3), "Hello Sara, 3 new"},
		{en.T("hello", "name", key("{n}"), "n", 3), "Hello {n}, 3 new"},
		{en.T("hello", "name", "سارا", "n", 3), "Hello \u2068سارا\u2069, 3 new"},
		{fa.T("hello", "name", "سارا", "n", 1200), "سارا عزیز، ۱٬۲۰۰ تازه"},
		{fa.T("hello", "name", Text{English: "Sara"}, "n", uint8(3)), "\u2068Sara\u2069 عزیز، ۳ تازه"},
		{fa.T("bye"), "⟦bye⟧"},
		{Locale{}.T("hello"), "⟦hello⟧"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
