-- Who else speaks at a guest's microphone, as staff noted it: in order, and the last one holds. Whoever
-- answers has no seat and no name; what was read aloud to them is in the row.
CREATE TABLE second_voices (
    position       INTEGER NOT NULL PRIMARY KEY,
    participant_id BLOB    NOT NULL REFERENCES participants (id),
    said           TEXT    NOT NULL CHECK (said IN ('speaks', 'agrees', 'refuses', 'gone')),
    text_version   INTEGER CHECK (text_version >= 1),
    text_sha256    BLOB    CHECK (length(text_sha256) = 32),
    text_language  TEXT,
    recorded_by    BLOB    NOT NULL REFERENCES users (id),
    at_ms          INTEGER NOT NULL,
    CHECK ((text_version IS NOT NULL) = (said IN ('agrees', 'refuses'))),
    CHECK ((text_version IS NULL) = (text_sha256 IS NULL)),
    CHECK ((text_version IS NULL) = (text_language IS NULL))
) STRICT;

CREATE INDEX second_voices_by_participant ON second_voices (participant_id, position);

CREATE TRIGGER second_voices_no_update BEFORE UPDATE ON second_voices
BEGIN
    SELECT RAISE(ABORT, 'second voices are insert-only');
END;

CREATE TRIGGER second_voices_no_delete BEFORE DELETE ON second_voices
BEGIN
    SELECT RAISE(ABORT, 'second voices are insert-only');
END;
