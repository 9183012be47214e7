// Package sample is a small coffee roaster's whole campaign, ready to be tried: a
// form, a landing page in two versions, e-mails, a journey, offers and points.
package sample

import "embed"

// Files are the campaign's documents, as `sarnakh apply` reads them.
//
//go:embed *.yaml
var Files embed.FS
