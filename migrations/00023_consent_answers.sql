-- Who had answered and was asked again stands with the answer: a question that came after
-- it, or was heard of before it, no longer hides it.
INSERT INTO consent_states (lead_id, purpose, channel, state, at)
SELECT lead_id, purpose, channel, state, at FROM (
    SELECT consents.*, row_number() OVER (PARTITION BY lead_id, purpose, channel ORDER BY at DESC, id DESC) AS place
    FROM consents WHERE state <> 'pending' AND EXISTS (
        SELECT 1 FROM consent_states AS asked WHERE asked.state = 'pending'
            AND asked.lead_id = consents.lead_id AND asked.purpose = consents.purpose AND asked.channel = consents.channel
    )
) AS placed WHERE place = 1
ON CONFLICT (lead_id, purpose, channel) DO UPDATE SET state = EXCLUDED.state, at = EXCLUDED.at;
