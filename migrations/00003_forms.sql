CREATE TABLE forms (
    id         {{id}},
    key        TEXT NOT NULL UNIQUE,
    definition {{json}} NOT NULL,
    created_at {{time}} NOT NULL,
    updated_at {{time}} NOT NULL
);

CREATE TABLE submissions (
    id         {{id}},
    form_id    BIGINT NOT NULL REFERENCES forms (id),
    lead_id    BIGINT NOT NULL REFERENCES leads (id),
    -- The same sending of the same answers, arrived twice, is one submission.
    once       TEXT NOT NULL UNIQUE,
    visitor_id TEXT NOT NULL DEFAULT '',
    answers    {{json}} NOT NULL,
    page       TEXT NOT NULL DEFAULT '',
    created_at {{time}} NOT NULL
);
CREATE INDEX submissions_form ON submissions (form_id, id);
CREATE INDEX submissions_created ON submissions (created_at);

CREATE TABLE pages (
    id         {{id}},
    key        TEXT NOT NULL UNIQUE,
    definition {{json}} NOT NULL,
    created_at {{time}} NOT NULL,
    updated_at {{time}} NOT NULL
);
