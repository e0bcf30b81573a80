-- A form as it was filled in for an interview: one row per revision, the newest counts. Rows go only
-- when the resident withdraws or their time is over.
CREATE TABLE forms (
    id             BLOB    NOT NULL CHECK (length(id) = 16),
    revision       INTEGER NOT NULL CHECK (revision >= 1),
    interview_id   BLOB    NOT NULL REFERENCES interviews (id),
    form           TEXT    NOT NULL CHECK (form <> ''),
    content        INTEGER NOT NULL CHECK (content >= 1),           -- version of the content file
    content_sha256 BLOB    NOT NULL CHECK (length(content_sha256) = 32),
    language       TEXT    NOT NULL CHECK (language <> ''),
    manner         TEXT    NOT NULL CHECK (manner IN ('tap', 'spoken', 'paper')),
    by_user        BLOB    REFERENCES users (id),                   -- NULL: by herself
    answers        BLOB    NOT NULL CHECK (length(answers) >= 41),  -- sealed
    at_ms          INTEGER NOT NULL,
    PRIMARY KEY (id, revision),
    UNIQUE (interview_id, form, revision),
    CHECK ((by_user IS NULL) = (manner = 'tap'))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER forms_no_update BEFORE UPDATE ON forms
BEGIN
    SELECT RAISE(ABORT, 'forms are insert-only');
END;

-- What was withdrawn is not written again, whoever was slow.
CREATE TRIGGER forms_not_after_withdrawal BEFORE INSERT ON forms
WHEN EXISTS (
    SELECT 1 FROM certificates c JOIN participants p ON p.id = c.participant_id
    WHERE p.interview_id = NEW.interview_id AND p.role = 'resident'
)
BEGIN
    SELECT RAISE(ABORT, 'what she answered was withdrawn');
END;

-- Evidence of a flag that was not spoken: an answer, the sum of a form, or what the record says.
CREATE TABLE flag_written (
    flag_id       BLOB    NOT NULL REFERENCES flags (id) ON DELETE CASCADE,
    position      INTEGER NOT NULL CHECK (position >= 0),
    form_id       BLOB,
    form_revision INTEGER,
    question      TEXT    CHECK (question <> ''), -- NULL: the sum
    fact          TEXT    CHECK (fact IN ('age', 'weeks')),
    PRIMARY KEY (flag_id, position),
    FOREIGN KEY (form_id, form_revision) REFERENCES forms (id, revision) ON DELETE CASCADE,
    CHECK ((form_id IS NULL) = (form_revision IS NULL)),
    CHECK ((form_id IS NULL) = (fact IS NOT NULL)),
    CHECK (question IS NULL OR form_id IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX flag_written_by_form ON flag_written (form_id, form_revision);
