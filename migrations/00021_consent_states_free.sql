-- Where leads stand is worked out of their consents, which are held to their leads: to have
-- each row held a second time takes as long as to write it.
{{if pg}}ALTER TABLE consent_states DROP CONSTRAINT consent_states_lead_id_fkey;{{else}}SELECT 1;{{end}}
