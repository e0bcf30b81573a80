-- 応援: a nurse has called for a colleague in the middle of a talk. One at a time.
CREATE TABLE help_calls (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    interview_id BLOB    NOT NULL REFERENCES interviews (id) ON DELETE CASCADE,
    called_by    BLOB    NOT NULL REFERENCES users (id),
    called_ms    INTEGER NOT NULL,
    told_ms      INTEGER NOT NULL, -- when whoever it is now for was told
    step         INTEGER NOT NULL CHECK (step >= 0), -- the place in the office's contact list
    state        TEXT    NOT NULL CHECK (state IN ('open', 'taken', 'taken_back')),
    closed_ms    INTEGER,
    closed_by    BLOB    REFERENCES users (id),
    CHECK ((closed_ms IS NULL) = (state = 'open')),
    CHECK ((closed_by IS NOT NULL) = (state = 'taken'))
) STRICT, WITHOUT ROWID;

CREATE INDEX help_calls_by_interview ON help_calls (interview_id, called_ms);
CREATE UNIQUE INDEX help_calls_open ON help_calls (interview_id) WHERE state = 'open';
CREATE INDEX help_calls_by_close ON help_calls (closed_ms);

CREATE TRIGGER help_calls_final BEFORE UPDATE ON help_calls
WHEN OLD.state <> 'open'
BEGIN
    SELECT RAISE(ABORT, 'a call that was answered does not change');
END;
