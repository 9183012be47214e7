CREATE TABLE offers (
    id         {{id}},
    key        TEXT NOT NULL UNIQUE,
    definition {{json}} NOT NULL,
    created_at {{time}} NOT NULL,
    updated_at {{time}} NOT NULL
);

-- One grant for each cause. The ordinal counts a lead's grants of an offer: two
-- workers that both find room for the last one cannot both take it.
CREATE TABLE offer_grants (
    id          {{id}},
    offer_id    BIGINT NOT NULL REFERENCES offers (id),
    lead_id     BIGINT NOT NULL REFERENCES leads (id),
    cause       TEXT NOT NULL,
    ordinal     INTEGER NOT NULL,
    code        TEXT NOT NULL,
    code_norm   TEXT NOT NULL UNIQUE,
    state       TEXT NOT NULL,
    granted_at  {{time}} NOT NULL,
    expires_at  {{time}},
    redeemed_at {{time}},
    redeemed_by TEXT NOT NULL DEFAULT '',
    order_id    TEXT NOT NULL DEFAULT '',
    value       DOUBLE PRECISION NOT NULL DEFAULT 0,
    UNIQUE (offer_id, lead_id, cause),
    UNIQUE (offer_id, lead_id, ordinal)
);
CREATE INDEX offer_grants_offer ON offer_grants (offer_id, id);
CREATE INDEX offer_grants_lead ON offer_grants (lead_id, cause);
CREATE INDEX offer_grants_expiry ON offer_grants (expires_at) WHERE state = 'granted';

-- Why a lead did, or did not, get an offer.
CREATE TABLE offer_decisions (
    id       {{id}},
    offer_id BIGINT NOT NULL REFERENCES offers (id),
    lead_id  BIGINT NOT NULL REFERENCES leads (id),
    cause    TEXT NOT NULL,
    outcome  TEXT NOT NULL,
    failed   {{json}},
    better   TEXT NOT NULL DEFAULT '',
    at       {{time}} NOT NULL,
    UNIQUE (lead_id, cause, offer_id)
);
CREATE INDEX offer_decisions_offer ON offer_decisions (offer_id, id);
CREATE INDEX offer_grants_granted ON offer_grants (granted_at);
