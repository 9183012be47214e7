package templates

import (
	"fmt"
	"html/template"
	"strings"
	"unicode"
)

// funcs are the functions that templates may call beside the methods of their
// data.
func funcs(assets *assets) template.FuncMap {
	return template.FuncMap{
		"asset": func(name string) (string, error) {
			asset, ok := assets.find(name)
			if !ok {
				return "", fmt.Errorf("no asset %q", name)
			}
			return asset.Path(), nil
		},
		"icon":    icon,
		"menu":    menu,
		"initial": initial,
	}
}

// active reports whether the menu item at href leads to the page at path.
func active(path, href string) bool {
	if path == href {
		return true
	}
	return href != "/" && strings.HasPrefix(path, href+"/")
}

// initial is the first letter of a name, for an avatar; "?" when there is none.
func initial(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return "?"
}
