CREATE TABLE earning_rules (
    id         {{id}},
    key        TEXT NOT NULL UNIQUE,
    definition {{json}} NOT NULL,
    created_at {{time}} NOT NULL,
    updated_at {{time}} NOT NULL
);

-- Entries are only ever added. The effect key makes each one happen once.
CREATE TABLE ledger_entries (
    id         {{id}},
    lead_id    BIGINT NOT NULL REFERENCES leads (id),
    points     BIGINT NOT NULL,
    kind       TEXT NOT NULL,
    rule       TEXT NOT NULL DEFAULT '',
    reason     {{json}} NOT NULL,
    effect_key TEXT NOT NULL UNIQUE,
    at         {{time}} NOT NULL
);
CREATE INDEX ledger_lead ON ledger_entries (lead_id, id);
CREATE INDEX ledger_rule ON ledger_entries (rule, lead_id, at);
CREATE INDEX ledger_at ON ledger_entries (at);

-- The sum of each lead's entries, kept in the transactions that add them.
CREATE TABLE loyalty_balances (
    lead_id    BIGINT PRIMARY KEY REFERENCES leads (id),
    points     BIGINT NOT NULL DEFAULT 0,
    updated_at {{time}} NOT NULL
);
CREATE INDEX loyalty_balances_points ON loyalty_balances (points);
