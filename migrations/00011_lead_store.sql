-- One person: every way in which they are known, and what conditions see of them.
ALTER TABLE leads ADD COLUMN external_id TEXT;
ALTER TABLE leads ADD COLUMN phone_norm TEXT NOT NULL DEFAULT '';
ALTER TABLE leads ADD COLUMN time_zone TEXT NOT NULL DEFAULT '';
ALTER TABLE leads ADD COLUMN country TEXT NOT NULL DEFAULT '';
ALTER TABLE leads ADD COLUMN stage TEXT NOT NULL DEFAULT '';
ALTER TABLE leads ADD COLUMN relation TEXT NOT NULL DEFAULT '';
ALTER TABLE leads ADD COLUMN channel TEXT NOT NULL DEFAULT '';
ALTER TABLE leads ADD COLUMN owner TEXT NOT NULL DEFAULT '';
-- The name folded both ways round, for searching by its beginning.
ALTER TABLE leads ADD COLUMN name_fold TEXT NOT NULL DEFAULT '';
ALTER TABLE leads ADD COLUMN name_turned TEXT NOT NULL DEFAULT '';
-- See conditions.Fold. NULL until folded: rows from before this column are done in the background.
ALTER TABLE leads ADD COLUMN folds {{json}};
-- A lead that turned out to be another keeps its row, so that its e-mail still leads to the person.
ALTER TABLE leads ADD COLUMN merged_into BIGINT REFERENCES leads (id);
ALTER TABLE leads ADD COLUMN erased_at {{time}};
ALTER TABLE leads DROP COLUMN search;
CREATE UNIQUE INDEX leads_external ON leads (external_id);
CREATE INDEX leads_phone ON leads (phone_norm{{if pg}} COLLATE "C"{{end}}) WHERE phone_norm <> '';
CREATE INDEX leads_name ON leads (name_fold{{if pg}} COLLATE "C"{{end}}) WHERE name_fold <> '';
CREATE INDEX leads_name_turned ON leads (name_turned{{if pg}} COLLATE "C"{{end}}) WHERE name_turned <> '';
{{if pg}}CREATE INDEX leads_email_prefix ON leads (email_norm COLLATE "C");
{{end}}CREATE INDEX leads_merged ON leads (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX leads_unfolded ON leads (id) WHERE folds IS NULL;

ALTER TABLE events ADD COLUMN folds {{json}};
CREATE INDEX events_name ON events (name, occurred_at, lead_id);
CREATE INDEX events_visitor ON events (visitor_id) WHERE lead_id IS NULL AND visitor_id <> '';
CREATE INDEX events_unfolded ON events (id) WHERE folds IS NULL;

CREATE TABLE tags (
    id         {{id}},
    name       TEXT NOT NULL,
    name_fold  TEXT NOT NULL UNIQUE,
    created_at {{time}} NOT NULL
);

CREATE TABLE lead_tags (
    tag_id  BIGINT NOT NULL REFERENCES tags (id),
    lead_id BIGINT NOT NULL REFERENCES leads (id),
    at      {{time}} NOT NULL,
    PRIMARY KEY (tag_id, lead_id)
){{if not pg}} WITHOUT ROWID{{end}};
CREATE INDEX lead_tags_lead ON lead_tags (lead_id);

-- Two leads that may be one person, for a human to decide.
CREATE TABLE lead_duplicates (
    id       {{id}},
    lead_id  BIGINT NOT NULL REFERENCES leads (id),
    other_id BIGINT NOT NULL REFERENCES leads (id),
    reason   TEXT NOT NULL,
    state    TEXT NOT NULL,
    at       {{time}} NOT NULL,
    UNIQUE (lead_id, other_id)
);
CREATE INDEX lead_duplicates_open ON lead_duplicates (id) WHERE state = 'open';
CREATE INDEX lead_duplicates_other ON lead_duplicates (other_id);

-- What was merged, with what both were before, so that it can be undone.
CREATE TABLE lead_merges (
    id        {{id}},
    kept_id   BIGINT NOT NULL REFERENCES leads (id),
    gone_id   BIGINT NOT NULL REFERENCES leads (id),
    before    {{json}} NOT NULL,
    conflicts {{json}} NOT NULL,
    by_whom   TEXT NOT NULL,
    at        {{time}} NOT NULL,
    undone_at {{time}},
    undone_by TEXT NOT NULL DEFAULT ''
);
CREATE INDEX lead_merges_kept ON lead_merges (kept_id);
CREATE INDEX lead_merges_gone ON lead_merges (gone_id);
CREATE TABLE lead_merge_rows (
    merge_id BIGINT NOT NULL REFERENCES lead_merges (id),
    holding  TEXT NOT NULL,
    row_id   TEXT NOT NULL,
    PRIMARY KEY (merge_id, holding, row_id)
){{if not pg}} WITHOUT ROWID{{end}};
