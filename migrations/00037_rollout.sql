-- A variant that was made what everybody sees, by whom and when; the experiment on those
-- who are held back from it, and of such a one whose winner it measures.
ALTER TABLE experiments ADD COLUMN rolled_out TEXT NOT NULL DEFAULT '';
ALTER TABLE experiments ADD COLUMN rolled_out_at {{time}};
ALTER TABLE experiments ADD COLUMN rolled_out_by TEXT NOT NULL DEFAULT '';
ALTER TABLE experiments ADD COLUMN holdout TEXT NOT NULL DEFAULT '';
ALTER TABLE experiments ADD COLUMN holdout_of TEXT NOT NULL DEFAULT '';
