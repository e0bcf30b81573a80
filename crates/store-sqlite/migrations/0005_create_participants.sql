-- One seat in an interview. A nurse has an account, a guest the link that they came by.
CREATE TABLE participants (
    id                 BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    interview_id       BLOB    NOT NULL REFERENCES interviews (id),
    role               TEXT    NOT NULL CHECK (role IN ('nurse', 'resident', 'companion', 'interpreter')),
    user_id            BLOB    REFERENCES users (id),
    invitation_id      BLOB    REFERENCES invitations (id),
    state              TEXT    NOT NULL CHECK (state IN ('claimed', 'identified', 'knocking', 'admitted', 'refused', 'left')),
    state_ms           INTEGER NOT NULL,
    state_by           BLOB    REFERENCES users (id),
    asked_to_wait_ms   INTEGER,
    left_how           TEXT    CHECK (left_how IN ('closed', 'quick_exit', 'interview_over')),
    seat               BLOB    UNIQUE CHECK (length(seat) = 32),
    nearby             TEXT    CHECK (nearby IN ('alone', 'someone')),
    nearby_ms          INTEGER,
    device_camera      TEXT    CHECK (device_camera IN ('works', 'silent', 'refused', 'missing')),
    device_microphone  TEXT    CHECK (device_microphone IN ('works', 'silent', 'refused', 'missing')),
    device_noise       TEXT    CHECK (device_noise IN ('quiet', 'some', 'loud', 'unknown')),
    device_network     TEXT    CHECK (device_network IN ('good', 'weak', 'bad', 'unknown')),
    device_ms          INTEGER,
    revision           INTEGER NOT NULL CHECK (revision >= 1),
    CHECK ((user_id IS NOT NULL) = (role = 'nurse')),
    CHECK ((invitation_id IS NULL) = (role = 'nurse')),
    CHECK (seat IS NULL OR state NOT IN ('refused', 'left')),
    CHECK (asked_to_wait_ms IS NULL OR state = 'knocking'),
    CHECK ((state_by IS NOT NULL) = (state IN ('admitted', 'refused') OR asked_to_wait_ms IS NOT NULL)),
    CHECK ((left_how IS NOT NULL) = (state = 'left')),
    CHECK ((nearby IS NULL) = (nearby_ms IS NULL)),
    CHECK ((device_ms IS NULL) = (device_camera IS NULL)),
    CHECK ((device_ms IS NULL) = (device_microphone IS NULL)),
    CHECK ((device_ms IS NULL) = (device_noise IS NULL)),
    CHECK ((device_ms IS NULL) = (device_network IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX participants_by_interview ON participants (interview_id);

-- Who is out is out, and the seat does not come back.
CREATE TRIGGER participants_final BEFORE UPDATE ON participants
WHEN OLD.state IN ('refused', 'left')
BEGIN
    SELECT RAISE(ABORT, 'a participant who is out does not change');
END;

-- For the moment when the line breaks.
CREATE TABLE contacts (
    participant_id BLOB    NOT NULL PRIMARY KEY REFERENCES participants (id),
    callback       BLOB    NOT NULL CHECK (length(callback) >= 41), -- sealed
    place          BLOB    NOT NULL CHECK (length(place) >= 41),    -- sealed
    given_ms       INTEGER NOT NULL,
    revision       INTEGER NOT NULL CHECK (revision >= 1)
) STRICT, WITHOUT ROWID;

-- Every try at the door: which of the three answers agreed, never what was typed.
CREATE TABLE identity_tries (
    interview_id      BLOB    NOT NULL REFERENCES interviews (id),
    participant_id    BLOB    NOT NULL REFERENCES participants (id),
    at_ms             INTEGER NOT NULL,
    kana_ok           INTEGER NOT NULL CHECK (kana_ok IN (0, 1)),
    birth_date_ok     INTEGER NOT NULL CHECK (birth_date_ok IN (0, 1)),
    booking_number_ok INTEGER NOT NULL CHECK (booking_number_ok IN (0, 1))
) STRICT;

CREATE INDEX identity_tries_by_interview ON identity_tries (interview_id, at_ms);

CREATE TRIGGER identity_tries_no_update BEFORE UPDATE ON identity_tries
BEGIN
    SELECT RAISE(ABORT, 'identity tries are insert-only');
END;

CREATE TRIGGER identity_tries_no_delete BEFORE DELETE ON identity_tries
BEGIN
    SELECT RAISE(ABORT, 'identity tries are insert-only');
END;

-- What was asked, what was answered, by which text. A later entry for the same choice replaces an
-- earlier one; `position` is the order in which they were recorded.
CREATE TABLE consents (
    position       INTEGER NOT NULL PRIMARY KEY,
    id             BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    participant_id BLOB    NOT NULL REFERENCES participants (id),
    choice         TEXT    NOT NULL CHECK (choice IN ('interview', 'transcription', 'keep_audio', 'sharing')),
    value          TEXT    NOT NULL,
    text_version   INTEGER NOT NULL CHECK (text_version >= 1),
    text_sha256    BLOB    NOT NULL CHECK (length(text_sha256) = 32),
    text_language  TEXT    NOT NULL CHECK (text_language <> ''),
    manner         TEXT    NOT NULL CHECK (manner IN ('tap', 'spoken', 'paper', 'not_asked')),
    recorded_by    BLOB    REFERENCES users (id), -- NULL: by herself
    read_aloud_by  BLOB    REFERENCES users (id),
    at_ms          INTEGER NOT NULL,
    CHECK (CASE choice WHEN 'transcription' THEN value IN ('none', 'captions_only', 'transcript')
                       ELSE value IN ('yes', 'no') END)
) STRICT;

CREATE INDEX consents_by_participant ON consents (participant_id);

CREATE TRIGGER consents_no_update BEFORE UPDATE ON consents
BEGIN
    SELECT RAISE(ABORT, 'consents are insert-only');
END;

CREATE TRIGGER consents_no_delete BEFORE DELETE ON consents
BEGIN
    SELECT RAISE(ABORT, 'consents are insert-only');
END;
