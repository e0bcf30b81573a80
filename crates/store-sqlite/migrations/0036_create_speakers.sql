-- Whether somebody was near her when it was spoken: whose words they are is in doubt until somebody says so.
ALTER TABLE segments ADD COLUMN accompanied INTEGER NOT NULL DEFAULT 0 CHECK (accompanied IN (0, 1));

DROP TRIGGER segments_no_update;

-- Of before this, what was marked so as far as it was quoted.
UPDATE segments SET accompanied = 1
WHERE (id, revision) IN (
    SELECT q.segment_id, q.segment_revision FROM flag_quotes q
    JOIN flags f ON f.id = q.flag_id
    WHERE f.speaker_unknown = 1
);

CREATE TRIGGER segments_no_update BEFORE UPDATE ON segments
BEGIN
    SELECT RAISE(ABORT, 'segments are insert-only');
END;

-- Who speaks in an utterance, where a nurse has said so: in order, and the last one holds. It stays on its
-- track and under its keys, and goes with its segment. NULL: taken back.
CREATE TABLE speakers (
    position         INTEGER NOT NULL PRIMARY KEY,
    segment_id       BLOB    NOT NULL,
    segment_revision INTEGER NOT NULL,
    speaker          TEXT    CHECK (speaker IN ('nurse', 'resident', 'companion', 'interpreter', 'unknown')),
    by_user          BLOB    NOT NULL REFERENCES users (id),
    at_ms            INTEGER NOT NULL,
    FOREIGN KEY (segment_id, segment_revision) REFERENCES segments (id, revision) ON DELETE CASCADE
) STRICT;

CREATE INDEX speakers_by_segment ON speakers (segment_id, segment_revision);

CREATE TRIGGER speakers_no_update BEFORE UPDATE ON speakers
BEGIN
    SELECT RAISE(ABORT, 'speakers are insert-only');
END;

CREATE TRIGGER speakers_no_delete BEFORE DELETE ON speakers
WHEN EXISTS (SELECT 1 FROM segments s WHERE s.id = OLD.segment_id AND s.revision = OLD.segment_revision)
BEGIN
    SELECT RAISE(ABORT, 'speakers are insert-only');
END;
