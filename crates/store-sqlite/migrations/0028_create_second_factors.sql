-- The second factor of whoever has or must have one. `pending` is a secret that was shown and whose
-- first code was not typed yet. `last_step` is the newest step whose code was accepted: codes work
-- once.
CREATE TABLE second_factors (
    user_id      BLOB    NOT NULL PRIMARY KEY REFERENCES users (id),
    secret       BLOB    CHECK (length(secret) >= 41),  -- sealed
    pending      BLOB    CHECK (length(pending) >= 41), -- sealed
    confirmed_ms INTEGER,
    last_step    INTEGER CHECK (last_step >= 0),
    revision     INTEGER NOT NULL CHECK (revision >= 1),
    CHECK ((secret IS NULL) = (confirmed_ms IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER second_factors_never_step_back BEFORE UPDATE ON second_factors
WHEN NEW.secret IS OLD.secret AND NEW.last_step < OLD.last_step
BEGIN
    SELECT RAISE(ABORT, 'a code works once');
END;

-- SHA-256 of 16 random letters; a used one is removed.
CREATE TABLE recovery_codes (
    user_id BLOB NOT NULL REFERENCES second_factors (user_id) ON DELETE CASCADE,
    code    BLOB NOT NULL CHECK (length(code) = 32),
    PRIMARY KEY (user_id, code)
) STRICT, WITHOUT ROWID;

-- Browsers that have passed the first door and wait at the second. They are no logins.
CREATE TABLE sign_in_steps (
    token      BLOB    NOT NULL PRIMARY KEY CHECK (length(token) = 32),
    user_id    BLOB    NOT NULL REFERENCES users (id),
    signed_by  TEXT    NOT NULL CHECK (signed_by IN ('password', 'link')),
    made_ms    INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL CHECK (expires_ms > made_ms)
) STRICT, WITHOUT ROWID;
