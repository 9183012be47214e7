// Package stats tells a growth team whether a variant is really better, and
// stays honest when they look every morning.
//
// Analyze is the front door: it takes the settings of an experiment and its
// counts and returns every figure of the report together with the verdict. The
// verdict is a hybrid of two tests that share the error the team allows. While
// the experiment runs, a sequential test that may be looked at any number of
// times spends one fifth of it; at the planned end a fixed test, read once,
// spends the rest. The chance to be better and the lift are shown and never
// decide.
//
// Goals may be conversions or a value such as revenue; ratio metrics and CUPED
// have figures of their own. Where weights changed on the way, in a ramp or in
// earning mode, Look tells the counts apart by regime and the tests follow.
// MakePlan answers before the start what it will take.
//
// The package is pure mathematics: no database, no web, no clock, no chance.
// The same counts always give the same figures. A figure that is undefined for
// the counts at hand is absent (nil, or ok = false) and never NaN. An interval
// without an end on one side has an infinite end there. Both are null in JSON.
package stats
