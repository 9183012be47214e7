CREATE TABLE leads (
    id          {{id}},
    email       TEXT,
    email_norm  TEXT UNIQUE,
    first_name  TEXT NOT NULL DEFAULT '',
    last_name   TEXT NOT NULL DEFAULT '',
    phone       TEXT NOT NULL DEFAULT '',
    language    TEXT NOT NULL DEFAULT '',
    attributes  {{json}} NOT NULL,
    first_touch {{json}} NOT NULL,
    last_touch  {{json}} NOT NULL,
    search      TEXT NOT NULL DEFAULT '',
    created_at  {{time}} NOT NULL,
    updated_at  {{time}} NOT NULL
);
CREATE INDEX leads_created ON leads (created_at, id);

CREATE TABLE events (
    id          {{id}},
    message_id  TEXT NOT NULL UNIQUE,
    lead_id     BIGINT REFERENCES leads (id),
    visitor_id  TEXT NOT NULL DEFAULT '',
    name        TEXT NOT NULL,
    properties  {{json}} NOT NULL,
    source      TEXT NOT NULL DEFAULT '',
    occurred_at {{time}} NOT NULL,
    received_at {{time}} NOT NULL
);
CREATE INDEX events_lead ON events (lead_id, occurred_at, id);

CREATE TABLE consents (
    id         {{id}},
    lead_id    BIGINT NOT NULL REFERENCES leads (id),
    purpose    TEXT NOT NULL,
    channel    TEXT NOT NULL,
    state      TEXT NOT NULL,
    words      TEXT NOT NULL,
    language   TEXT NOT NULL DEFAULT '',
    source     TEXT NOT NULL DEFAULT '',
    page       TEXT NOT NULL DEFAULT '',
    ip         TEXT NOT NULL DEFAULT '',
    user_agent TEXT NOT NULL DEFAULT '',
    at         {{time}} NOT NULL
);
CREATE INDEX consents_lead ON consents (lead_id, id);
