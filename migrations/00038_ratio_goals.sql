-- Goals that are a ratio: value is the number on top, units is how much it is divided by,
-- NULL of other goals. Both are summed up as pairs, since they vary together from visitor to
-- visitor; the tallies count as visitors those who have both.
ALTER TABLE exposure_goals ADD COLUMN units BIGINT;
ALTER TABLE goal_events ADD COLUMN units BIGINT NOT NULL DEFAULT 0;
ALTER TABLE goal_tallies ADD COLUMN units DOUBLE PRECISION NOT NULL DEFAULT 0;
ALTER TABLE goal_tallies ADD COLUMN unit_squares DOUBLE PRECISION NOT NULL DEFAULT 0;
ALTER TABLE goal_tallies ADD COLUMN products DOUBLE PRECISION NOT NULL DEFAULT 0;
