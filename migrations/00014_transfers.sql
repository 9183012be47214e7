-- A list of people that somebody brought, and how far we are with it.
CREATE TABLE imports (
    id          {{id}},
    name        TEXT NOT NULL,
    size        BIGINT NOT NULL,
    state       TEXT NOT NULL,
    found       {{json}} NOT NULL,
    plan        {{json}} NOT NULL,
    fault       {{json}},
    rows        BIGINT NOT NULL DEFAULT 0,
    -- The block that comes next, and the rows done before it.
    position    BIGINT NOT NULL DEFAULT 0,
    done        BIGINT NOT NULL DEFAULT 0,
    tally       {{json}} NOT NULL,
    by_whom     TEXT NOT NULL,
    created_at  {{time}} NOT NULL,
    updated_at  {{time}} NOT NULL,
    started_at  {{time}},
    finished_at {{time}}
);

-- The file as it came, in pieces: any machine's worker must be able to read it.
CREATE TABLE import_chunks (
    import_id BIGINT NOT NULL REFERENCES imports (id),
    no        BIGINT NOT NULL,
    data      {{blob}} NOT NULL,
    PRIMARY KEY (import_id, no)
);

-- Its rows, read and packed by the thousand: what is written in one transaction.
CREATE TABLE import_blocks (
    import_id BIGINT NOT NULL REFERENCES imports (id),
    no        BIGINT NOT NULL,
    part      BIGINT NOT NULL,
    rows      BIGINT NOT NULL,
    data      {{blob}} NOT NULL,
    PRIMARY KEY (import_id, no)
);

CREATE TABLE import_refusals (
    id        {{id}},
    import_id BIGINT NOT NULL REFERENCES imports (id),
    part      BIGINT NOT NULL,
    line      BIGINT NOT NULL,
    reason    TEXT NOT NULL,
    field     TEXT NOT NULL,
    cells     {{json}} NOT NULL
);
CREATE INDEX import_refusals_import ON import_refusals (import_id, id);

-- Who took how many leads out of the house, and why.
CREATE TABLE exports (
    id          {{id}},
    by_whom     TEXT NOT NULL,
    reason      TEXT NOT NULL,
    format      TEXT NOT NULL,
    columns     {{json}} NOT NULL,
    selection   {{json}} NOT NULL,
    rows        BIGINT NOT NULL DEFAULT 0,
    state       TEXT NOT NULL,
    created_at  {{time}} NOT NULL,
    finished_at {{time}}
);
