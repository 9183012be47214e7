-- What a visitor came with, for reading an experiment's result by it; and the day of
-- the experiment on which they converted, from 1, or 0.
ALTER TABLE exposures ADD COLUMN converted_on INTEGER NOT NULL DEFAULT 0;
ALTER TABLE exposures ADD COLUMN device TEXT NOT NULL DEFAULT '';
ALTER TABLE exposures ADD COLUMN traffic TEXT NOT NULL DEFAULT '';
ALTER TABLE exposures ADD COLUMN language TEXT NOT NULL DEFAULT '';
UPDATE exposures SET converted_on = 1 + (SELECT
    {{if pg}}floor(extract(epoch FROM exposures.converted_at - e.started_at) / 86400)::integer
    {{else}}CAST(julianday(exposures.converted_at) - julianday(e.started_at) AS INTEGER){{end}}
    FROM experiments AS e WHERE e.id = exposures.experiment_id)
WHERE converted_at IS NOT NULL;

-- How many exposures there are of each kind, kept with them: a report over ten million
-- visitors reads a few thousand rows.
CREATE TABLE exposure_tallies (
    experiment_id BIGINT NOT NULL REFERENCES experiments (id),
    variant       TEXT NOT NULL,
    day           INTEGER NOT NULL,
    converted_on  INTEGER NOT NULL,
    crossed       {{bool}} NOT NULL,
    device        TEXT NOT NULL,
    traffic       TEXT NOT NULL,
    language      TEXT NOT NULL,
    visitors      BIGINT NOT NULL,
    PRIMARY KEY (experiment_id, variant, day, converted_on, crossed, device, traffic, language)
){{if not pg}} WITHOUT ROWID{{end}};
INSERT INTO exposure_tallies (experiment_id, variant, day, converted_on, crossed, device, traffic, language, visitors)
SELECT experiment_id, variant, day, converted_on, crossed, device, traffic, language, count(*)
FROM exposures GROUP BY experiment_id, variant, day, converted_on, crossed, device, traffic, language;
