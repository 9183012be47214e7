-- Which version an e-mail showed: fixed before the first try, for all tries.
ALTER TABLE messages ADD COLUMN experiment TEXT NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN variant TEXT NOT NULL DEFAULT '';

-- Which version of an offer was given, and goes on to be shown with the code.
ALTER TABLE offer_grants ADD COLUMN variant TEXT NOT NULL DEFAULT '';

-- Who has seen a variant, as conditions ask for it; exposures_lead answers for one lead.
CREATE INDEX exposures_variant ON exposures (experiment_id, variant, lead_id, crossed) WHERE lead_id IS NOT NULL;
