-- What an API key may do. Those made before this table said so may do everything.
ALTER TABLE api_keys ADD COLUMN scopes {{json}} NOT NULL DEFAULT '["*"]';

-- What calls of the API were answered, so that a call repeated with the same
-- Idempotency-Key gets the same answer and has no second effect. While a call is
-- being answered it holds a lease; status is 0 until then. The wall clock's times.
CREATE TABLE api_replays (
    id           {{id}},
    fingerprint  TEXT NOT NULL UNIQUE,
    request_hash TEXT NOT NULL,
    lease        TEXT NOT NULL,
    lease_until  {{time}} NOT NULL,
    status       INTEGER NOT NULL DEFAULT 0,
    content_type TEXT NOT NULL DEFAULT '',
    location     TEXT NOT NULL DEFAULT '',
    body         {{blob}},
    expires_at   {{time}} NOT NULL
);
CREATE INDEX api_replays_expiry ON api_replays (expires_at);
