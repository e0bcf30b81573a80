-- Wrong codes at the second step. Those in a row since the last sign-in stand with the second factor, so that
-- nobody who guesses slowly begins anew; those of one step end that step; what a login found when it began is
-- told to its owner.
ALTER TABLE second_factors ADD COLUMN wrong_codes INTEGER NOT NULL DEFAULT 0 CHECK (wrong_codes >= 0);
ALTER TABLE second_factors ADD COLUMN last_wrong_ms INTEGER;
ALTER TABLE sign_in_steps ADD COLUMN wrong_codes INTEGER NOT NULL DEFAULT 0 CHECK (wrong_codes >= 0);
ALTER TABLE login_sessions ADD COLUMN wrong_codes INTEGER NOT NULL DEFAULT 0 CHECK (wrong_codes >= 0);
ALTER TABLE login_sessions ADD COLUMN last_wrong_ms INTEGER;
