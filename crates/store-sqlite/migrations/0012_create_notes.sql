-- 面談記録票: one per interview. `content` is the form with its verdict, sealed anew at every
-- revision. `state_ms` and `state_by` tell of the return or the approval; a return without a hand
-- came by itself, from a flag.
CREATE TABLE notes (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    interview_id BLOB    NOT NULL UNIQUE REFERENCES interviews (id),
    state        TEXT    NOT NULL CHECK (state IN ('draft', 'submitted', 'returned', 'approved')),
    content      BLOB    NOT NULL CHECK (length(content) >= 41), -- sealed
    saved_ms     INTEGER,
    saved_by     BLOB    REFERENCES users (id),
    version      INTEGER NOT NULL CHECK (version >= 0), -- submitted last; 0: none
    submitted_ms INTEGER,
    submitted_by BLOB    REFERENCES users (id),
    state_ms     INTEGER,
    state_by     BLOB    REFERENCES users (id),
    revision     INTEGER NOT NULL CHECK (revision >= 1),
    CHECK ((saved_ms IS NULL) = (saved_by IS NULL)),
    CHECK ((version = 0) = (state = 'draft')),
    CHECK ((submitted_ms IS NULL) = (version = 0)),
    CHECK ((submitted_by IS NULL) = (version = 0)),
    CHECK ((state_ms IS NOT NULL) = (state IN ('returned', 'approved'))),
    CHECK (state_by IS NULL OR state IN ('returned', 'approved')),
    CHECK (state <> 'approved' OR state_by IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER notes_frozen BEFORE UPDATE ON notes
WHEN OLD.state = 'approved'
BEGIN
    SELECT RAISE(ABORT, 'an approved note does not change');
END;

CREATE TRIGGER notes_no_delete BEFORE DELETE ON notes
BEGIN
    SELECT RAISE(ABORT, 'notes are never deleted');
END;

-- Every version as it was submitted.
CREATE TABLE note_versions (
    note_id      BLOB    NOT NULL REFERENCES notes (id),
    number       INTEGER NOT NULL CHECK (number >= 1),
    content      BLOB    NOT NULL CHECK (length(content) >= 41), -- sealed
    submitted_ms INTEGER NOT NULL,
    submitted_by BLOB    NOT NULL REFERENCES users (id),
    PRIMARY KEY (note_id, number)
) STRICT, WITHOUT ROWID;

-- The gate, whatever the program thinks: nothing urgent is undecided, and no hold has run out.
CREATE TRIGGER note_versions_gate BEFORE INSERT ON note_versions
WHEN EXISTS (
    SELECT 1 FROM notes n JOIN flags f ON f.interview_id = n.interview_id
    WHERE n.id = NEW.note_id AND f.tier IN ('immediate', 'review')
      AND (f.state = 'suggested' OR (f.state = 'held' AND f.until_ms <= NEW.submitted_ms))
)
BEGIN
    SELECT RAISE(ABORT, 'a note is not submitted while an urgent flag is undecided');
END;

CREATE TRIGGER note_versions_no_update BEFORE UPDATE ON note_versions
BEGIN
    SELECT RAISE(ABORT, 'note versions are insert-only');
END;

CREATE TRIGGER note_versions_no_delete BEFORE DELETE ON note_versions
BEGIN
    SELECT RAISE(ABORT, 'note versions are insert-only');
END;

CREATE TRIGGER notes_submitted BEFORE UPDATE ON notes
WHEN NEW.state = 'submitted' AND NOT EXISTS (
    SELECT 1 FROM note_versions v WHERE v.note_id = NEW.id AND v.number = NEW.version
)
BEGIN
    SELECT RAISE(ABORT, 'a submitted note has its version');
END;

-- What became of the note, in the order in which it happened. `words`: the comment of a return.
CREATE TABLE note_events (
    position INTEGER NOT NULL PRIMARY KEY,
    id       BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    note_id  BLOB    NOT NULL REFERENCES notes (id),
    at_ms    INTEGER NOT NULL,
    kind     TEXT    NOT NULL CHECK (kind IN ('submitted', 'returned', 'recalled', 'approved')),
    version  INTEGER NOT NULL CHECK (version >= 1),
    by_user  BLOB    REFERENCES users (id), -- NULL: by itself
    words    BLOB    CHECK (length(words) >= 41), -- sealed
    CHECK ((by_user IS NULL) = (kind = 'recalled')),
    CHECK ((words IS NOT NULL) = (kind = 'returned'))
) STRICT;

CREATE INDEX note_events_by_note ON note_events (note_id, position);

CREATE TRIGGER note_events_no_update BEFORE UPDATE ON note_events
BEGIN
    SELECT RAISE(ABORT, 'note events are insert-only');
END;

CREATE TRIGGER note_events_no_delete BEFORE DELETE ON note_events
BEGIN
    SELECT RAISE(ABORT, 'note events are insert-only');
END;

-- The approver has checked an immediate flag as it stands at this revision. No foreign key: a
-- withdrawal takes the flag, the signature stays.
CREATE TABLE flag_signatures (
    note_id       BLOB    NOT NULL REFERENCES notes (id),
    flag_id       BLOB    NOT NULL CHECK (length(flag_id) = 16),
    flag_revision INTEGER NOT NULL CHECK (flag_revision >= 1),
    note_version  INTEGER NOT NULL CHECK (note_version >= 1),
    by_user       BLOB    NOT NULL REFERENCES users (id),
    at_ms         INTEGER NOT NULL,
    PRIMARY KEY (note_id, flag_id, flag_revision, by_user)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER flag_signatures_no_update BEFORE UPDATE ON flag_signatures
BEGIN
    SELECT RAISE(ABORT, 'signatures are insert-only');
END;

CREATE TRIGGER flag_signatures_no_delete BEFORE DELETE ON flag_signatures
BEGIN
    SELECT RAISE(ABORT, 'signatures are insert-only');
END;

-- 自分のメモ: what a nurse jots down for herself during the talk.
CREATE TABLE memos (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    interview_id BLOB    NOT NULL REFERENCES interviews (id),
    user_id      BLOB    NOT NULL REFERENCES users (id),
    words        BLOB    NOT NULL CHECK (length(words) >= 41), -- sealed
    saved_ms     INTEGER NOT NULL,
    revision     INTEGER NOT NULL CHECK (revision >= 1),
    UNIQUE (interview_id, user_id)
) STRICT, WITHOUT ROWID;
