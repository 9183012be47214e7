CREATE TABLE journeys (
    id         {{id}},
    key        TEXT NOT NULL UNIQUE,
    name       {{json}} NOT NULL,
    state      TEXT NOT NULL,
    version_id BIGINT NOT NULL DEFAULT 0,
    created_at {{time}} NOT NULL,
    updated_at {{time}} NOT NULL
);

-- What a journey says is never changed: a change is a new version.
CREATE TABLE journey_versions (
    id         {{id}},
    journey_id BIGINT NOT NULL REFERENCES journeys (id),
    number     INTEGER NOT NULL,
    definition {{json}} NOT NULL,
    created_at {{time}} NOT NULL,
    UNIQUE (journey_id, number)
);

-- The two UNIQUEs make an event that is offered again change nothing.
CREATE TABLE enrollments (
    id         {{id}},
    journey_id BIGINT NOT NULL REFERENCES journeys (id),
    version_id BIGINT NOT NULL REFERENCES journey_versions (id),
    lead_id    BIGINT NOT NULL REFERENCES leads (id),
    entry      INTEGER NOT NULL,
    event_id   BIGINT NOT NULL REFERENCES events (id),
    state      TEXT NOT NULL,
    step       TEXT NOT NULL DEFAULT '',
    due_at     {{time}} NOT NULL,
    context    {{json}} NOT NULL,
    entered_at {{time}} NOT NULL,
    ended_at   {{time}},
    UNIQUE (journey_id, lead_id, entry),
    UNIQUE (journey_id, event_id)
);
CREATE INDEX enrollments_lead ON enrollments (lead_id);
CREATE INDEX enrollments_version ON enrollments (version_id, state, step);

-- Why did, or did not, this lead get this?
CREATE TABLE journey_decisions (
    id            {{id}},
    enrollment_id BIGINT NOT NULL REFERENCES enrollments (id),
    journey_id    BIGINT NOT NULL,
    version_id    BIGINT NOT NULL,
    step          TEXT NOT NULL,
    kind          TEXT NOT NULL,
    outcome       TEXT NOT NULL,
    detail        {{json}} NOT NULL,
    at            {{time}} NOT NULL,
    UNIQUE (enrollment_id, step)
);
CREATE INDEX journey_decisions_recent ON journey_decisions (journey_id, id);
CREATE INDEX journey_decisions_version ON journey_decisions (version_id, step);

CREATE TABLE emails (
    id         {{id}},
    key        TEXT NOT NULL UNIQUE,
    definition {{json}} NOT NULL,
    revision   INTEGER NOT NULL,
    created_at {{time}} NOT NULL,
    updated_at {{time}} NOT NULL
);
