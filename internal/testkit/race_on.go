//go:build race

package testkit

// raceEnabled says whether this test itself runs under the race detector.
const raceEnabled = true
