-- What was said: one row per utterance and revision. A correction is another revision; rows go
-- only when a participant withdraws.
CREATE TABLE segments (
    id           BLOB    NOT NULL CHECK (length(id) = 16),
    track_id     BLOB    NOT NULL REFERENCES tracks (id),
    start_ms     INTEGER NOT NULL CHECK (start_ms >= 0),  -- on the interview's clock
    end_ms       INTEGER NOT NULL CHECK (end_ms >= start_ms),
    revision     INTEGER NOT NULL CHECK (revision >= 1),
    model_sha256 BLOB    NOT NULL CHECK (length(model_sha256) = 32),
    text         BLOB    NOT NULL CHECK (length(text) >= 41), -- sealed
    confirmed_ms INTEGER NOT NULL,
    PRIMARY KEY (id, revision)
) STRICT, WITHOUT ROWID;

CREATE INDEX segments_by_track ON segments (track_id, start_ms);

CREATE TRIGGER segments_no_update BEFORE UPDATE ON segments
BEGIN
    SELECT RAISE(ABORT, 'segments are insert-only');
END;
