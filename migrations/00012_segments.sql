-- Parts of the leads that have a name. The counters are kept in the transactions that change them.
CREATE TABLE segments (
    id          {{id}},
    key         TEXT NOT NULL UNIQUE,
    definition  {{json}} NOT NULL,
    state       TEXT NOT NULL DEFAULT 'ready',
    -- Counts up with every change of the condition, so that a filling of an older one stops.
    revision    BIGINT NOT NULL DEFAULT 0,
    -- While filling: members up to this lead are settled.
    filled_to   BIGINT NOT NULL DEFAULT 0,
    size        BIGINT NOT NULL DEFAULT 0,
    computed_at {{time}},
    took_ms     BIGINT NOT NULL DEFAULT 0,
    failure     TEXT NOT NULL DEFAULT '',
    created_at  {{time}} NOT NULL,
    updated_at  {{time}} NOT NULL
);

-- Who is in. Rows of a deleted segment are cleared away afterwards: ids never come again.
CREATE TABLE segment_members (
    segment_id BIGINT NOT NULL,
    lead_id    BIGINT NOT NULL REFERENCES leads (id),
    entered_at {{time}} NOT NULL,
    PRIMARY KEY (segment_id, lead_id)
){{if not pg}} WITHOUT ROWID{{end}};
CREATE INDEX segment_members_lead ON segment_members (lead_id, segment_id);

-- One row for each day on which something changed. The counts of all days add up to the
-- segment's size: entered, less those who left, and whom a new condition brought or took.
CREATE TABLE segment_days (
    segment_id BIGINT NOT NULL,
    day        TEXT NOT NULL,
    entered    BIGINT NOT NULL DEFAULT 0,
    gone       BIGINT NOT NULL DEFAULT 0,
    filled     BIGINT NOT NULL DEFAULT 0,
    size       BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (segment_id, day)
){{if not pg}} WITHOUT ROWID{{end}};
