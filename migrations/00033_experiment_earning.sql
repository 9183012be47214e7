-- In earning mode the shares follow what the days brought: earned_on is the day of the
-- experiment whose end set them, and no day sets them twice.
ALTER TABLE experiment_regimes ADD COLUMN earned_on INTEGER;
CREATE UNIQUE INDEX experiment_regimes_earned ON experiment_regimes (experiment_id, earned_on) WHERE earned_on IS NOT NULL;

-- What a look showed of the goals beside the primary one.
ALTER TABLE looks ADD COLUMN goals {{json}} NOT NULL DEFAULT '[]';
