// Package leads keeps who your leads are, what they did and what they agreed to:
// one person, one row, one timeline.
package leads
