-- One stretch of media of an interview, from its first socket to its end.
CREATE TABLE calls (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    interview_id BLOB    NOT NULL REFERENCES interviews (id),
    opened_ms    INTEGER NOT NULL,
    closed_ms    INTEGER CHECK (closed_ms >= opened_ms),
    closed_why   TEXT    CHECK (closed_why IN ('ended', 'nobody_left', 'longest_reached', 'stopped', 'crash')),
    CHECK ((closed_ms IS NULL) = (closed_why IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX calls_by_interview ON calls (interview_id, opened_ms);
CREATE INDEX calls_open ON calls (opened_ms) WHERE closed_ms IS NULL;

CREATE TRIGGER calls_final BEFORE UPDATE ON calls
WHEN OLD.closed_ms IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a closed call does not change');
END;

-- One voice of a call. The numbers are known when the call is closed; after a crash never.
CREATE TABLE tracks (
    id             BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    call_id        BLOB    NOT NULL REFERENCES calls (id),
    participant_id BLOB    NOT NULL REFERENCES participants (id),
    packets        INTEGER CHECK (packets >= 0),
    missing        INTEGER CHECK (missing >= 0),
    absent_ms      INTEGER CHECK (absent_ms >= 0),
    muted_ms       INTEGER CHECK (muted_ms >= 0),
    UNIQUE (call_id, participant_id),
    CHECK ((packets IS NULL) = (missing IS NULL)),
    CHECK ((packets IS NULL) = (absent_ms IS NULL)),
    CHECK ((packets IS NULL) = (muted_ms IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER tracks_final BEFORE UPDATE ON tracks
WHEN OLD.packets IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a settled track does not change');
END;
