-- A flag that rests on words that were not heard so, but sound alike: how far off, in quarters of a mora.
ALTER TABLE flags ADD COLUMN sound INTEGER CHECK (sound IS NULL OR (sound BETWEEN 0 AND 255 AND rule IS NOT NULL));
