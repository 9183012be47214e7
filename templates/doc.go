// Package templates holds everything a person sees: the pages, their frames,
// the style sheets, the scripts and the words in every language. It is embedded
// in the program, so a copy of Sarnakh is one file.
package templates
