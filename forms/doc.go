// Package forms asks visitors who they are: forms on pages of ours and of others,
// and the landing pages that carry them.
package forms
