-- Web sites, apps and shops that tell us what people do there.
CREATE TABLE sources (
    id           {{id}},
    name         TEXT NOT NULL UNIQUE,
    write_key    TEXT NOT NULL UNIQUE,
    origins      {{json}} NOT NULL,
    enabled      {{bool}} NOT NULL,
    created_by   TEXT NOT NULL DEFAULT '',
    created_at   {{time}} NOT NULL,
    last_seen_at {{time}}
);

-- The last of what a source has sent, taken or refused, for whoever connects it.
CREATE TABLE source_logs (
    source_id BIGINT PRIMARY KEY REFERENCES sources (id),
    entries   {{json}} NOT NULL
);

-- Whose browser it is that said last who they are: what it does from then on is theirs.
CREATE TABLE visitors (
    visitor_id TEXT PRIMARY KEY,
    lead_id    BIGINT NOT NULL REFERENCES leads (id),
    at         {{time}} NOT NULL
){{if not pg}} WITHOUT ROWID{{end}};
CREATE INDEX visitors_lead ON visitors (lead_id);
CREATE INDEX visitors_at ON visitors (at);
