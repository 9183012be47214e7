// Package offers gives each lead the best offer they are eligible for, under a code
// of their own that can be redeemed once, and remembers why.
package offers
