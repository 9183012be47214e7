// Package replay remembers for a day what scripts were answered, so that a call which
// is repeated after a broken connection gets the same answer and has no second effect.
package replay
