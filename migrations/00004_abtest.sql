CREATE TABLE experiments (
    id              {{id}},
    key             TEXT NOT NULL UNIQUE,
    definition      {{json}} NOT NULL,
    -- Set when the experiment starts and never changed afterwards.
    seed            TEXT NOT NULL DEFAULT '',
    shares          {{json}} NOT NULL,
    kappa           DOUBLE PRECISION NOT NULL DEFAULT 0,
    started_at      {{time}},
    decided_at      {{time}},
    decided_look_id BIGINT,
    winner          TEXT NOT NULL DEFAULT '',
    stopped_at      {{time}},
    created_at      {{time}} NOT NULL,
    updated_at      {{time}} NOT NULL
);

-- Who saw which variant: one row for each visitor, written at the first view.
-- day counts from the experiment's start; crossed: seen in two variants.
CREATE TABLE exposures (
    experiment_id BIGINT NOT NULL REFERENCES experiments (id),
    visitor_id    TEXT NOT NULL,
    variant       TEXT NOT NULL,
    day           INTEGER NOT NULL,
    first_at      {{time}} NOT NULL,
    crossed       {{bool}} NOT NULL DEFAULT FALSE,
    converted_at  {{time}},
    event_id      BIGINT,
    lead_id       BIGINT REFERENCES leads (id),
    PRIMARY KEY (experiment_id, visitor_id)
){{if not pg}} WITHOUT ROWID{{end}};
CREATE INDEX exposures_lead ON exposures (lead_id) WHERE lead_id IS NOT NULL;

-- What each look at an experiment showed. The always-valid p is the smallest of
-- all looks, so none may be lost.
CREATE TABLE looks (
    id            {{id}},
    experiment_id BIGINT NOT NULL REFERENCES experiments (id),
    at            {{time}} NOT NULL,
    visitors      BIGINT NOT NULL,
    conversions   BIGINT NOT NULL,
    crossed       BIGINT NOT NULL,
    p             DOUBLE PRECISION NOT NULL,
    log_e         DOUBLE PRECISION NOT NULL,
    state         TEXT NOT NULL,
    reason        TEXT NOT NULL,
    winner        TEXT NOT NULL DEFAULT '',
    decisive      {{bool}} NOT NULL,
    analysis      {{json}} NOT NULL
);
CREATE INDEX looks_experiment ON looks (experiment_id, id);
CREATE INDEX exposures_first ON exposures (first_at);
