CREATE TABLE messages (
    id              {{id}},
    effect_key      TEXT NOT NULL UNIQUE,
    lead_id         BIGINT NOT NULL REFERENCES leads (id),
    channel         TEXT NOT NULL,
    content_key     TEXT NOT NULL,
    purpose         TEXT NOT NULL DEFAULT 'marketing',
    journey         TEXT NOT NULL DEFAULT '',
    version         INTEGER NOT NULL DEFAULT 0,
    step            TEXT NOT NULL DEFAULT '',
    context         {{json}} NOT NULL,
    header_id       TEXT NOT NULL,
    recipient       TEXT NOT NULL DEFAULT '',
    subject         TEXT NOT NULL DEFAULT '',
    state           TEXT NOT NULL,
    reason          TEXT NOT NULL DEFAULT '',
    error           TEXT NOT NULL DEFAULT '',
    tries           INTEGER NOT NULL DEFAULT 0,
    created_at      {{time}} NOT NULL,
    due_at          {{time}} NOT NULL,
    sent_at         {{time}},
    unsure_at       {{time}},
    opened_at       {{time}},
    clicked_at      {{time}},
    unsubscribed_at {{time}}
);
CREATE INDEX messages_lead ON messages (lead_id, id);
-- The counts on the pages are read from this index alone.
CREATE INDEX messages_counts ON messages (journey, step, state, opened_at, clicked_at, unsubscribed_at);

-- Addresses that are not written to, whoever says that they consented. Only a
-- keyed fingerprint is kept, so that the list outlives the lead it is about.
CREATE TABLE suppressions (
    id         {{id}},
    email_hash TEXT NOT NULL,
    reason     TEXT NOT NULL,
    at         {{time}} NOT NULL,
    UNIQUE (email_hash, reason)
);
