CREATE TABLE scoring_rules (
    id         {{id}},
    key        TEXT NOT NULL UNIQUE,
    definition {{json}} NOT NULL,
    created_at {{time}} NOT NULL,
    updated_at {{time}} NOT NULL
);

CREATE TABLE grade_scales (
    id         {{id}},
    key        TEXT NOT NULL UNIQUE,
    definition {{json}} NOT NULL,
    created_at {{time}} NOT NULL,
    updated_at {{time}} NOT NULL
);

-- What each rule counts for each lead, worked out from the events and never added up,
-- so that it can be worked out again.
CREATE TABLE score_parts (
    lead_id BIGINT NOT NULL REFERENCES leads (id),
    rule_id BIGINT NOT NULL REFERENCES scoring_rules (id),
    points  DOUBLE PRECISION NOT NULL,
    times   INTEGER NOT NULL,
    PRIMARY KEY (lead_id, rule_id)
){{if not pg}} WITHOUT ROWID{{end}};
CREATE INDEX score_parts_rule ON score_parts (rule_id, lead_id);

CREATE TABLE lead_scores (
    lead_id    BIGINT PRIMARY KEY REFERENCES leads (id),
    score      BIGINT NOT NULL DEFAULT 0,
    grade      TEXT NOT NULL DEFAULT '',
    updated_at {{time}} NOT NULL
);
CREATE INDEX lead_scores_score ON lead_scores (score);
CREATE INDEX lead_scores_grade ON lead_scores (grade, lead_id);
