-- Every press of the pause, in the order in which they were recorded; the last one of each kind holds.
CREATE TABLE pauses (
    position       INTEGER NOT NULL PRIMARY KEY,
    interview_id   BLOB    NOT NULL REFERENCES interviews (id),
    participant_id BLOB    REFERENCES participants (id), -- NULL: every voice
    paused         INTEGER NOT NULL CHECK (paused IN (0, 1)),
    at_ms          INTEGER NOT NULL
) STRICT;

CREATE INDEX pauses_by_interview ON pauses (interview_id, position);

CREATE TRIGGER pauses_no_update BEFORE UPDATE ON pauses
BEGIN
    SELECT RAISE(ABORT, 'pauses are insert-only');
END;

CREATE TRIGGER pauses_no_delete BEFORE DELETE ON pauses
BEGIN
    SELECT RAISE(ABORT, 'pauses are insert-only');
END;
