// Package insights shows how things are going: what came in today, what became of
// it, and where people were lost on the way. It reads; it never writes.
package insights
