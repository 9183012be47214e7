// Package campaigns writes to people at the right moment: journeys that begin with
// something a lead did and lead on by waits, branches, e-mails, points and offers.
//
// Each person in a journey is an enrollment, which stays on the version of the
// journey that it began with. Everything decided on the way is written down with
// its why.
package campaigns
