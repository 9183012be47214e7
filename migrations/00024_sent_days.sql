-- How many messages went out on each day, and today.
CREATE INDEX messages_sent ON messages (sent_at) WHERE sent_at IS NOT NULL;
