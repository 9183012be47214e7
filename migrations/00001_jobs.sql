-- The outbox: everything due is a row here, committed with its cause.
-- due_at is domain time; lease_until is the wall clock's.
CREATE TABLE jobs (
    id          {{id}},
    kind        TEXT NOT NULL,
    ref         BIGINT NOT NULL,
    key         TEXT UNIQUE,
    state       TEXT NOT NULL DEFAULT 'due',
    attempt     INTEGER NOT NULL DEFAULT 0,
    due_at      {{time}} NOT NULL,
    lease_until {{time}},
    last_error  TEXT NOT NULL DEFAULT ''
);
CREATE INDEX jobs_due ON jobs (due_at) WHERE state = 'due';
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE state IN ('queued', 'running');
