-- `state` with its evidence: when it was entered and by whose hand. No hand is the program's own.
CREATE TABLE interviews (
    id                   BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    case_id              BLOB    NOT NULL REFERENCES cases (id),
    office_id            BLOB    NOT NULL REFERENCES offices (id),
    kind                 TEXT    NOT NULL CHECK (kind IN ('notification', 'eighth_month', 'after_birth', 'any_time')),
    method               TEXT    NOT NULL CHECK (method IN ('online', 'in_person', 'telephone')),
    scheduled_ms         INTEGER NOT NULL,
    booked_ms            INTEGER NOT NULL,
    booked_by            BLOB    NOT NULL REFERENCES users (id),
    booking_number       BLOB    NOT NULL CHECK (length(booking_number) >= 41), -- sealed, once, as revision 1
    booking_lookup       BLOB    NOT NULL UNIQUE CHECK (length(booking_lookup) = 32),
    state                TEXT    NOT NULL CHECK (state IN ('scheduled', 'waiting', 'in_progress', 'ended', 'cancelled', 'no_show', 'declined')),
    started_ms           INTEGER,
    started_by           BLOB    REFERENCES users (id),
    state_ms             INTEGER,
    state_by_user        BLOB    REFERENCES users (id),
    state_by_participant BLOB    REFERENCES participants (id),
    revision             INTEGER NOT NULL CHECK (revision >= 1),
    CHECK ((started_ms IS NOT NULL) = (state IN ('in_progress', 'ended'))),
    CHECK ((started_by IS NOT NULL) = (started_ms IS NOT NULL)),
    CHECK ((state_ms IS NOT NULL) = (state NOT IN ('scheduled', 'in_progress'))),
    CHECK (state <> 'ended' OR state_ms >= started_ms),
    CHECK (state <> 'no_show' OR state_by_user IS NOT NULL),
    CHECK ((state_by_participant IS NOT NULL) >= (state = 'declined')),
    CHECK (state_by_user IS NULL OR state IN ('ended', 'cancelled', 'no_show')),
    CHECK (state_by_participant IS NULL OR state IN ('ended', 'cancelled', 'declined')),
    CHECK (state_by_user IS NULL OR state_by_participant IS NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX interviews_by_office ON interviews (office_id, scheduled_ms);
CREATE INDEX interviews_by_case ON interviews (case_id);

-- What is over is over.
CREATE TRIGGER interviews_final BEFORE UPDATE ON interviews
WHEN OLD.state IN ('ended', 'cancelled', 'no_show', 'declined')
BEGIN
    SELECT RAISE(ABORT, 'an interview that is over does not change');
END;

CREATE TABLE method_changes (
    interview_id BLOB    NOT NULL REFERENCES interviews (id),
    at_ms        INTEGER NOT NULL,
    from_method  TEXT    NOT NULL CHECK (from_method IN ('online', 'in_person', 'telephone')),
    to_method    TEXT    NOT NULL CHECK (to_method IN ('online', 'in_person', 'telephone')),
    by_user      BLOB    NOT NULL REFERENCES users (id),
    CHECK (from_method <> to_method)
) STRICT;

CREATE INDEX method_changes_by_interview ON method_changes (interview_id, at_ms);

CREATE TRIGGER method_changes_no_update BEFORE UPDATE ON method_changes
BEGIN
    SELECT RAISE(ABORT, 'method changes are insert-only');
END;

CREATE TRIGGER method_changes_no_delete BEFORE DELETE ON method_changes
BEGIN
    SELECT RAISE(ABORT, 'method changes are insert-only');
END;

CREATE TABLE invitations (
    id               BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    interview_id     BLOB    NOT NULL REFERENCES interviews (id),
    secret           BLOB    NOT NULL UNIQUE CHECK (length(secret) = 32),
    made_ms          INTEGER NOT NULL,
    made_by          BLOB    NOT NULL REFERENCES users (id),
    expires_ms       INTEGER NOT NULL CHECK (expires_ms > made_ms),
    first_claimed_ms INTEGER,
    revoked_ms       INTEGER,
    revoked_by       BLOB    REFERENCES users (id),
    CHECK ((revoked_by IS NOT NULL) = (revoked_ms IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX invitations_by_interview ON invitations (interview_id, made_ms);
