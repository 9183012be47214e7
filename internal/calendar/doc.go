// Package calendar writes dates the way the reader counts them: in the Solar
// Hijri (Jalali) calendar with Persian digits for Persian readers, in the
// Gregorian calendar for English ones. It also turns a Jalali date typed by a
// person into a moment in time.
package calendar
