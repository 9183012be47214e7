package web

import "net/http"

// IdempotencyHeader carries a word by which a caller makes repeating a call harmless.
const IdempotencyHeader = "Idempotency-Key"

// ReplayedHeader marks an answer that was given before.
const ReplayedHeader = "Idempotency-Replayed"

// mostKey is the longest Idempotency-Key.
var mostKey uint64 = 200

// repeatable says whether a call takes an Idempotency-Key.
func repeatable(r Route, method string) bool {
	return r.Access == Staff && r.Doc != nil && method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}
