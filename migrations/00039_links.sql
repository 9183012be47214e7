-- Links to the report of an experiment: how often all of them were withdrawn, which is part
-- of what is signed, and until when the last one that was made works.
ALTER TABLE experiments ADD COLUMN links_withdrawn BIGINT NOT NULL DEFAULT 0;
ALTER TABLE experiments ADD COLUMN shared_until {{time}};

-- The home page reads the visitors of days, and no longer exposures.
CREATE INDEX page_days_day ON page_days (day);
DROP INDEX exposures_first;
