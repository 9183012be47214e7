// Package tracking hears what people do on a web site, in an app or in a shop, and
// puts it on the timeline of the lead it belongs to.
//
// It speaks the Segment HTTP tracking protocol (identify, track, page, screen, group,
// alias, batch), so that the libraries made for it work with Sarnakh, and brings a
// script for browsers of its own. See doc/tracking.md.
package tracking
