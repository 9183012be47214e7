-- What visitors of an experiment reached: one row for each visitor and goal. reached_on is
-- the day of the experiment, from 1, of the first event that counted; value adds up what
-- the events brought, 0 for a goal that is a conversion.
CREATE TABLE exposure_goals (
    experiment_id BIGINT NOT NULL REFERENCES experiments (id),
    visitor_id    TEXT NOT NULL,
    goal          TEXT NOT NULL,
    first_at      {{time}} NOT NULL,
    reached_on    INTEGER NOT NULL,
    event_id      BIGINT NOT NULL,
    events        BIGINT NOT NULL,
    value         DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (experiment_id, visitor_id, goal)
){{if not pg}} WITHOUT ROWID{{end}};
-- For the percentile at which single huge values are held down.
CREATE INDEX exposure_goals_value ON exposure_goals (experiment_id, goal, value) WHERE value <> 0;
INSERT INTO exposure_goals (experiment_id, visitor_id, goal, first_at, reached_on, event_id, events, value)
SELECT experiment_id, visitor_id, 'goal', converted_at, converted_on, COALESCE(event_id, 0), 1, 0
FROM exposures WHERE converted_at IS NOT NULL;

-- The events that must not count twice: all of a goal with a value, and those that were
-- known by their lead alone.
CREATE TABLE goal_events (
    experiment_id BIGINT NOT NULL REFERENCES experiments (id),
    goal          TEXT NOT NULL,
    event_id      BIGINT NOT NULL,
    visitor_id    TEXT NOT NULL,
    day           INTEGER NOT NULL,
    value         DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (experiment_id, goal, event_id)
){{if not pg}} WITHOUT ROWID{{end}};

-- How many visitors of each cell reached a goal on which day, and what they brought. Kept
-- with exposure_goals and with the cells of exposures.
CREATE TABLE goal_tallies (
    experiment_id BIGINT NOT NULL REFERENCES experiments (id),
    goal          TEXT NOT NULL,
    variant       TEXT NOT NULL,
    regime        INTEGER NOT NULL,
    day           INTEGER NOT NULL,
    reached_on    INTEGER NOT NULL,
    crossed       {{bool}} NOT NULL,
    device        TEXT NOT NULL,
    traffic       TEXT NOT NULL,
    language      TEXT NOT NULL,
    visitors      BIGINT NOT NULL,
    total         DOUBLE PRECISION NOT NULL,
    squares       DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (experiment_id, goal, variant, regime, day, reached_on, crossed, device, traffic, language)
){{if not pg}} WITHOUT ROWID{{end}};
INSERT INTO goal_tallies (experiment_id, goal, variant, regime, day, reached_on, crossed, device, traffic, language, visitors, total, squares)
SELECT experiment_id, 'goal', variant, 1, day, converted_on, crossed, device, traffic, language, sum(visitors), 0, 0
FROM exposure_tallies WHERE converted_on > 0 AND visitors <> 0
GROUP BY experiment_id, variant, day, converted_on, crossed, device, traffic, language;

-- The weights under which a visitor was assigned have a number, from 1.
ALTER TABLE exposures ADD COLUMN regime INTEGER NOT NULL DEFAULT 1;
ALTER TABLE exposures DROP COLUMN converted_at;
ALTER TABLE exposures DROP COLUMN converted_on;
ALTER TABLE exposures DROP COLUMN event_id;

DROP TABLE exposure_tallies;
CREATE TABLE exposure_tallies (
    experiment_id BIGINT NOT NULL REFERENCES experiments (id),
    variant       TEXT NOT NULL,
    regime        INTEGER NOT NULL,
    day           INTEGER NOT NULL,
    crossed       {{bool}} NOT NULL,
    device        TEXT NOT NULL,
    traffic       TEXT NOT NULL,
    language      TEXT NOT NULL,
    visitors      BIGINT NOT NULL,
    PRIMARY KEY (experiment_id, variant, regime, day, crossed, device, traffic, language)
){{if not pg}} WITHOUT ROWID{{end}};
INSERT INTO exposure_tallies (experiment_id, variant, regime, day, crossed, device, traffic, language, visitors)
SELECT experiment_id, variant, regime, day, crossed, device, traffic, language, count(*)
FROM exposures GROUP BY experiment_id, variant, regime, day, crossed, device, traffic, language;
