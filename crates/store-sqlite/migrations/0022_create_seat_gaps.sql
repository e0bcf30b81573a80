-- Where a seat of a running call has no words, as far as the call knows: written as it begins, so that
-- a crash takes no reason along. When the call is closed its tracks have their gaps, and these go.
CREATE TABLE seat_gaps (
    call_id        BLOB    NOT NULL REFERENCES calls (id),
    participant_id BLOB    NOT NULL REFERENCES participants (id),
    number         INTEGER NOT NULL CHECK (number >= 0),    -- of the seat, in the order of their begin
    reason         TEXT    NOT NULL CHECK (reason IN (
        'absent', 'muted', 'paused', 'not_consented', 'captions_only')),
    from_ms        INTEGER NOT NULL CHECK (from_ms >= 0),   -- on the interview's clock
    to_ms          INTEGER CHECK (to_ms >= from_ms),        -- NULL: it lasts
    PRIMARY KEY (call_id, participant_id, number)
) STRICT, WITHOUT ROWID;
