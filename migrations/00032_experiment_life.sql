-- The weights that an experiment has had, one after the other: visitors belong to those
-- under which they were assigned.
CREATE TABLE experiment_regimes (
    experiment_id BIGINT NOT NULL REFERENCES experiments (id),
    number        INTEGER NOT NULL,
    shares        {{json}} NOT NULL,
    coverage      DOUBLE PRECISION NOT NULL,
    since         {{time}} NOT NULL,
    PRIMARY KEY (experiment_id, number)
);
INSERT INTO experiment_regimes (experiment_id, number, shares, coverage, since)
SELECT id, 1, shares, COALESCE({{if pg}}(definition->>'coverage')::double precision{{else}}json_extract(definition, '$.coverage'){{end}}, 1), started_at
FROM experiments WHERE started_at IS NOT NULL;

-- Paused: nobody new enters. Archived: out of the lists.
ALTER TABLE experiments ADD COLUMN paused_at {{time}};
ALTER TABLE experiments ADD COLUMN archived_at {{time}};
