// Package abtest shows visitors different versions of a page, a form, an e-mail or
// a journey, counts who saw what and who converted, and says which version is
// better, in a verdict that stays honest however often one looks.
//
// No verdict is shown that is not stored: a look that reaches one ends the
// experiment, with the figures frozen as they were. The mathematics is in stats,
// who sees what is decided in assign; this package keeps the books between them.
package abtest
