// Package workers makes sure that whatever is due gets done once: it carries jobs
// from the database to the hands that do them, over asynq.
//
// The database is the truth. A job is a row, written in the transaction of its
// cause; the relay leases due rows and hands them to asynq in batches; a handler
// claims its batch, does the work and finishes it in the transaction of the effect.
// Whatever Redis loses is leased again when its lease runs out; whoever comes late
// is refused. Redis keeps nothing that matters and may be emptied at any time.
package workers
