// Package segments gives a part of the leads a name: picked by hand, or all those for
// whom a condition holds, from the moment in which it holds.
//
// A dynamic segment is settled at once after each event that can change it, by one
// query for the leads of a batch; what only the passing of time changes is looked for
// hour by hour, sooner where the days asked about are few, over all leads at once. Entering and leaving are events on the
// lead's timeline. When a condition is new or has changed its segment is filled
// silently: nobody has done anything.
package segments
