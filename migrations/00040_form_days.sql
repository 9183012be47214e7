-- What a form brought on each day of our calendar, wherever it stands: its visitors, and
-- those of them who sent it. Experiments are planned with it.
CREATE TABLE form_days (
    form        TEXT NOT NULL,
    day         TEXT NOT NULL, -- "2026-11-22"
    visitors    BIGINT NOT NULL,
    conversions BIGINT NOT NULL,
    PRIMARY KEY (form, day)
){{if not pg}} WITHOUT ROWID{{end}};
