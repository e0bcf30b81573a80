-- Who took everything back, under a running number without gaps. From the row on nothing of hers is
-- written; when the last of it was destroyed, `certificates_done` has a row too.
CREATE TABLE certificates (
    number         INTEGER NOT NULL PRIMARY KEY CHECK (number >= 1),
    interview_id   BLOB    NOT NULL REFERENCES interviews (id),
    participant_id BLOB    NOT NULL REFERENCES participants (id),
    kind           TEXT    NOT NULL CHECK (kind = 'withdrawal'),
    manner         TEXT    NOT NULL CHECK (manner IN ('tap', 'spoken', 'paper')),
    taken_by       BLOB    REFERENCES users (id), -- NULL: by herself
    at_ms          INTEGER NOT NULL,
    UNIQUE (participant_id, kind),
    CHECK ((taken_by IS NULL) = (manner = 'tap'))
) STRICT;

CREATE TRIGGER certificates_no_gap BEFORE INSERT ON certificates
WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM certificates)
BEGIN
    SELECT RAISE(ABORT, 'certificates are numbered without gaps');
END;

CREATE TRIGGER certificates_no_update BEFORE UPDATE ON certificates
BEGIN
    SELECT RAISE(ABORT, 'certificates are insert-only');
END;

CREATE TRIGGER certificates_no_delete BEFORE DELETE ON certificates
BEGIN
    SELECT RAISE(ABORT, 'certificates are insert-only');
END;

CREATE TABLE certificates_done (
    number  INTEGER NOT NULL PRIMARY KEY REFERENCES certificates (number),
    done_ms INTEGER NOT NULL
) STRICT;

CREATE TRIGGER certificates_done_no_update BEFORE UPDATE ON certificates_done
BEGIN
    SELECT RAISE(ABORT, 'certificates are insert-only');
END;

CREATE TRIGGER certificates_done_no_delete BEFORE DELETE ON certificates_done
BEGIN
    SELECT RAISE(ABORT, 'certificates are insert-only');
END;

-- What was withdrawn is not written again, whoever was slow.
CREATE TRIGGER segments_not_after_withdrawal BEFORE INSERT ON segments
WHEN EXISTS (
    SELECT 1 FROM tracks t JOIN certificates c ON c.participant_id = t.participant_id
    WHERE t.id = NEW.track_id
)
BEGIN
    SELECT RAISE(ABORT, 'this voice was withdrawn');
END;
