// Package loyalty gives people points for what they do, keeps account of every
// single one and tells how many each has.
//
// The ledger is the truth: entries are added and never changed, each under a key
// that makes it happen once. A balance is the sum of its entries, written in the
// same transaction.
package loyalty
