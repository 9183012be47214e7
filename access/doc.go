// Package access says who may come in: people with an account and a password,
// scripts with an API key, and, once, the holder of a link.
//
// Times here are the wall clock's: a demo in which weeks pass in seconds must not
// sign anybody out.
package access
