package templates

import (
	"embed"
	"io/fs"
)

//go:embed layouts/*.gohtml partials/*.gohtml pages/*.gohtml i18n/*.yaml static/*
var files embed.FS

// folder is one of the embedded folders; that it exists is known at build time.
func folder(name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic(err)
	}
	return sub
}
