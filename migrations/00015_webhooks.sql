-- Webhooks: who wants to be told, what is told, and what became of each telling.
CREATE TABLE webhook_endpoints (
    id               {{id}},
    url              TEXT NOT NULL,
    description      TEXT NOT NULL DEFAULT '',
    events           {{json}} NOT NULL,
    state            TEXT NOT NULL,
    reason           TEXT NOT NULL DEFAULT '',
    secret           TEXT NOT NULL,
    old_secret       TEXT NOT NULL DEFAULT '',
    old_secret_until {{time}},
    failures         INTEGER NOT NULL DEFAULT 0,
    failing_since    {{time}},
    hold_until       {{time}},
    created_at       {{time}} NOT NULL,
    updated_at       {{time}} NOT NULL
);

-- One for each event that somebody wanted: the same bytes for all endpoints and tries.
-- No foreign key to events: they may go sooner.
CREATE TABLE webhook_messages (
    id         {{id}},
    message_id TEXT NOT NULL UNIQUE,
    event_id   BIGINT UNIQUE,
    lead_id    BIGINT,
    event      TEXT NOT NULL,
    type       TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at {{time}} NOT NULL
);
CREATE INDEX webhook_messages_lead ON webhook_messages (lead_id);
CREATE INDEX webhook_messages_age ON webhook_messages (created_at);

CREATE TABLE webhook_deliveries (
    id          {{id}},
    endpoint_id BIGINT NOT NULL REFERENCES webhook_endpoints (id),
    message_id  BIGINT NOT NULL REFERENCES webhook_messages (id),
    state       TEXT NOT NULL,
    attempt     INTEGER NOT NULL DEFAULT 0,
    round       INTEGER NOT NULL DEFAULT 0,
    next_at     {{time}},
    lease_until {{time}},
    status      INTEGER NOT NULL DEFAULT 0,
    error       TEXT NOT NULL DEFAULT '',
    created_at  {{time}} NOT NULL,
    finished_at {{time}},
    UNIQUE (message_id, endpoint_id)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, next_at, id) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_out ON webhook_deliveries (lease_until) WHERE state = 'sending';
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (endpoint_id, id);
CREATE INDEX webhook_deliveries_state ON webhook_deliveries (endpoint_id, state, id);

CREATE TABLE webhook_attempts (
    delivery_id BIGINT NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    at          {{time}} NOT NULL,
    took_ms     BIGINT NOT NULL,
    status      INTEGER NOT NULL,
    error       TEXT NOT NULL,
    response    TEXT NOT NULL,
    PRIMARY KEY (delivery_id, number)
){{if not pg}} WITHOUT ROWID{{end}};

-- How an endpoint fares, by the hour, so that a page need not count deliveries.
CREATE TABLE webhook_hours (
    endpoint_id BIGINT NOT NULL,
    hour        {{time}} NOT NULL,
    delivered   BIGINT NOT NULL DEFAULT 0,
    failed      BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (endpoint_id, hour)
){{if not pg}} WITHOUT ROWID{{end}};
