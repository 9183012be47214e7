// Package journey is what a nurture journey means, step by step: who enters, what
// they get, how long they wait, which way they turn.
//
// It is pure: it reads no clock and touches no database. Given the same journey,
// position, facts and time it decides the same, so that the real thing, a preview
// and a test run on the same code.
package journey
