// Package webhooks tells other programs what happens to leads, the moment it happens:
// a shop, a CRM or a chat channel gives an address, and every event it asked for is
// posted there, signed, and tried again for days until it has arrived.
//
// What travels follows the Standard Webhooks specification, so that its published
// libraries check the signature. Each delivery is a row: written when the event is
// offered to the subscribers, sent by the desk of a working process, and kept in the
// log with all its attempts.
package webhooks
