-- Who may come in. All times in these tables are the wall clock's.
CREATE TABLE users (
    id            {{id}},
    email         TEXT NOT NULL,
    email_norm    TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    generation    BIGINT NOT NULL DEFAULT 0,
    created_at    {{time}} NOT NULL,
    signed_in_at  {{time}}
);

CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,
    data       {{blob}} NOT NULL,
    expires_at {{time}} NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE api_keys (
    id           {{id}},
    name         TEXT NOT NULL,
    prefix       TEXT NOT NULL UNIQUE,
    secret_hash  TEXT NOT NULL,
    created_by   TEXT NOT NULL DEFAULT '',
    created_at   {{time}} NOT NULL,
    last_used_at {{time}},
    revoked_at   {{time}}
);
-- A name can be given again once its key is revoked.
CREATE UNIQUE INDEX api_keys_name ON api_keys (name) WHERE revoked_at IS NULL;

CREATE TABLE one_time_links (
    token_hash TEXT PRIMARY KEY,
    purpose    TEXT NOT NULL,
    user_id    BIGINT REFERENCES users (id),
    expires_at {{time}} NOT NULL,
    used_at    {{time}}
);
CREATE INDEX one_time_links_expiry ON one_time_links (expires_at);
