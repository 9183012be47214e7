-- The fields of their own that a team keeps about its leads.
CREATE TABLE fields (
    id         {{id}},
    key        TEXT NOT NULL UNIQUE,
    definition {{json}} NOT NULL,
    created_at {{time}} NOT NULL,
    updated_at {{time}} NOT NULL
);

-- What the list of leads is narrowed by, the newest first.
CREATE INDEX leads_stage ON leads (stage, id) WHERE stage <> '' AND merged_into IS NULL;
CREATE INDEX leads_relation ON leads (relation, id) WHERE relation <> '' AND merged_into IS NULL;
CREATE INDEX leads_owner ON leads (owner, id) WHERE owner <> '' AND merged_into IS NULL;
CREATE INDEX leads_language ON leads (language, id) WHERE language <> '' AND merged_into IS NULL;
