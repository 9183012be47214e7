-- What a consent rests on, which words it was, and how it came about.
ALTER TABLE consents ADD COLUMN basis TEXT NOT NULL DEFAULT 'consent';
ALTER TABLE consents ADD COLUMN version TEXT NOT NULL DEFAULT '';
ALTER TABLE consents ADD COLUMN confirmed_at {{time}};
ALTER TABLE consents ADD COLUMN how TEXT NOT NULL DEFAULT '';
ALTER TABLE consents ADD COLUMN by_whom TEXT NOT NULL DEFAULT '';

-- Where each lead stands now, by purpose and channel: kept in the transactions that add
-- consents, so that asking for many leads is one look into an index.
CREATE TABLE consent_states (
    lead_id BIGINT NOT NULL REFERENCES leads (id),
    purpose TEXT NOT NULL,
    channel TEXT NOT NULL,
    state   TEXT NOT NULL,
    at      {{time}} NOT NULL,
    PRIMARY KEY (lead_id, purpose, channel)
){{if not pg}} WITHOUT ROWID{{end}};
CREATE INDEX consent_states_granted ON consent_states (purpose, channel, lead_id) WHERE state = 'granted';
INSERT INTO consent_states (lead_id, purpose, channel, state, at)
SELECT lead_id, purpose, channel, state, at FROM (
    SELECT consents.*, row_number() OVER (PARTITION BY lead_id, purpose, channel ORDER BY at DESC, id DESC) AS place FROM consents
) AS placed WHERE place = 1;

-- Who was erased, when and why. The marks are keyed fingerprints of how the person was
-- known: whoever has the address can find the line, and nobody else can tell who it was.
CREATE TABLE lead_erasures (
    id      {{id}},
    lead_id BIGINT NOT NULL REFERENCES leads (id),
    reason  TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    rows    {{json}} NOT NULL,
    at      {{time}} NOT NULL
);
CREATE INDEX lead_erasures_lead ON lead_erasures (lead_id);
CREATE INDEX lead_erasures_at ON lead_erasures (at);
CREATE TABLE lead_erasure_marks (
    mark       TEXT NOT NULL,
    erasure_id BIGINT NOT NULL REFERENCES lead_erasures (id),
    PRIMARY KEY (mark, erasure_id)
){{if not pg}} WITHOUT ROWID{{end}};
-- Merging, erasing and handing out find the rows of one lead everywhere.
CREATE INDEX submissions_lead ON submissions (lead_id);
