-- What the team writes down beside an experiment; learnt marks what is worth keeping.
CREATE TABLE experiment_notes (
    id            {{id}},
    experiment_id BIGINT NOT NULL REFERENCES experiments (id),
    at            {{time}} NOT NULL,
    author        TEXT NOT NULL,
    body          TEXT NOT NULL,
    learnt        {{bool}} NOT NULL
);
CREATE INDEX experiment_notes_experiment ON experiment_notes (experiment_id, id);
