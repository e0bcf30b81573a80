-- 記録番号: one series per office and fiscal year, given when the note is begun.
CREATE TABLE record_numbers (
    interview_id BLOB    NOT NULL PRIMARY KEY REFERENCES interviews (id),
    office_id    BLOB    NOT NULL REFERENCES offices (id),
    fiscal_year  INTEGER NOT NULL,
    running      INTEGER NOT NULL CHECK (running >= 1),
    UNIQUE (office_id, fiscal_year, running)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER record_numbers_no_update BEFORE UPDATE ON record_numbers
BEGIN
    SELECT RAISE(ABORT, 'record numbers are insert-only');
END;

CREATE TRIGGER record_numbers_no_delete BEFORE DELETE ON record_numbers
BEGIN
    SELECT RAISE(ABORT, 'record numbers are insert-only');
END;

-- An approved note as it was frozen: canonical JSON, sealed, with its hash. The row is the approval.
CREATE TABLE records (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    note_id      BLOB    NOT NULL UNIQUE REFERENCES notes (id),
    interview_id BLOB    NOT NULL UNIQUE REFERENCES interviews (id),
    note_version INTEGER NOT NULL CHECK (note_version >= 1),
    content      BLOB    NOT NULL CHECK (length(content) >= 41), -- sealed
    sha256       BLOB    NOT NULL CHECK (length(sha256) = 32),
    approved_by  BLOB    NOT NULL REFERENCES users (id),
    at_ms        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX records_by_time ON records (at_ms);

CREATE TRIGGER records_of_what_was_submitted BEFORE INSERT ON records
WHEN NOT EXISTS (
    SELECT 1 FROM notes n
    WHERE n.id = NEW.note_id AND n.interview_id = NEW.interview_id
      AND n.state = 'submitted' AND n.version = NEW.note_version
      AND n.submitted_by <> NEW.approved_by AND n.saved_by <> NEW.approved_by
)
BEGIN
    SELECT RAISE(ABORT, 'a record needs a submitted note and another person');
END;

-- Nothing is put off, nothing urgent is open, and every immediate flag is signed as it stands.
CREATE TRIGGER records_gate BEFORE INSERT ON records
WHEN EXISTS (
    SELECT 1 FROM flags f
    WHERE f.interview_id = NEW.interview_id AND (
        f.state = 'held'
        OR (f.state = 'suggested' AND f.tier IN ('immediate', 'review'))
        OR (f.tier = 'immediate' AND NOT EXISTS (
            SELECT 1 FROM flag_signatures s
            WHERE s.note_id = NEW.note_id AND s.flag_id = f.id
              AND s.flag_revision = f.revision AND s.by_user = NEW.approved_by
        ))
    )
)
BEGIN
    SELECT RAISE(ABORT, 'a note is not approved while a flag is held, open or unsigned');
END;

CREATE TRIGGER records_no_update BEFORE UPDATE ON records
BEGIN
    SELECT RAISE(ABORT, 'records are insert-only');
END;

CREATE TRIGGER records_no_delete BEFORE DELETE ON records
BEGIN
    SELECT RAISE(ABORT, 'records are insert-only');
END;

CREATE TRIGGER notes_approved BEFORE UPDATE ON notes
WHEN NEW.state = 'approved' AND NOT EXISTS (
    SELECT 1 FROM records r
    WHERE r.note_id = NEW.id AND r.note_version = NEW.version AND r.approved_by = NEW.state_by
)
BEGIN
    SELECT RAISE(ABORT, 'an approved note has its record');
END;

-- What the record froze stays decided as it was; a withdrawal may still take the flags away.
CREATE TRIGGER flags_frozen BEFORE UPDATE ON flags
WHEN EXISTS (SELECT 1 FROM records r WHERE r.interview_id = OLD.interview_id)
BEGIN
    SELECT RAISE(ABORT, 'the flags of an approved note do not change');
END;

-- 追記: what is written to a record later. It changes nothing of it.
CREATE TABLE addenda (
    id        BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    record_id BLOB    NOT NULL REFERENCES records (id),
    words     BLOB    NOT NULL CHECK (length(words) >= 41), -- sealed
    by_user   BLOB    NOT NULL REFERENCES users (id),
    at_ms     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX addenda_by_record ON addenda (record_id, at_ms);

CREATE TRIGGER addenda_no_update BEFORE UPDATE ON addenda
BEGIN
    SELECT RAISE(ABORT, 'addenda are insert-only');
END;

CREATE TRIGGER addenda_no_delete BEFORE DELETE ON addenda
BEGIN
    SELECT RAISE(ABORT, 'addenda are insert-only');
END;
