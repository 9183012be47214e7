-- When an export was last heard of, so that one whose server died is not "running" for ever.
ALTER TABLE exports ADD COLUMN alive_at {{time}};
CREATE INDEX exports_running ON exports (id) WHERE state = 'running';
