-- What a landing page brought on each day of our calendar: its visitors, and those of them
-- who sent its form. Experiments are planned with it.
CREATE TABLE page_days (
    page        TEXT NOT NULL,
    day         TEXT NOT NULL, -- "2026-11-22"
    visitors    BIGINT NOT NULL,
    conversions BIGINT NOT NULL,
    PRIMARY KEY (page, day)
){{if not pg}} WITHOUT ROWID{{end}};
