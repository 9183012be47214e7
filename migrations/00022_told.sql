-- When a site, an app or a server told a field of a lead, and whether anybody could have.
ALTER TABLE leads ADD COLUMN told {{json}};

-- Whether the write key is kept on a server, where nobody can read it.
ALTER TABLE sources ADD COLUMN server {{bool}} NOT NULL DEFAULT FALSE;
