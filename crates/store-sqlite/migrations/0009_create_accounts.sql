-- Stretches of a track without text, and why, as they were found.
CREATE TABLE gaps (
    track_id BLOB    NOT NULL REFERENCES tracks (id),
    from_ms  INTEGER NOT NULL CHECK (from_ms >= 0), -- on the interview's clock
    to_ms    INTEGER NOT NULL CHECK (to_ms > from_ms),
    reason   TEXT    NOT NULL CHECK (reason IN (
        'absent', 'muted', 'network', 'paused', 'not_consented', 'captions_only', 'overload',
        'deferred', 'crash', 'unintelligible', 'language', 'off_system')),
    PRIMARY KEY (track_id, from_ms, to_ms, reason)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER gaps_no_update BEFORE UPDATE ON gaps
BEGIN
    SELECT RAISE(ABORT, 'gaps are insert-only');
END;

-- The account of time: every millisecond of every track, from the interview's begin to its end.
CREATE TABLE accounts (
    track_id   BLOB    NOT NULL PRIMARY KEY REFERENCES tracks (id),
    total_ms   INTEGER NOT NULL CHECK (total_ms >= 0),
    speech_ms  INTEGER NOT NULL CHECK (speech_ms >= 0),
    silence_ms INTEGER NOT NULL CHECK (silence_ms >= 0),
    gap_ms     INTEGER NOT NULL CHECK (gap_ms >= 0),
    CHECK (speech_ms + silence_ms + gap_ms = total_ms)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER accounts_no_update BEFORE UPDATE ON accounts
BEGIN
    SELECT RAISE(ABORT, 'accounts are insert-only');
END;

-- `accounts.gap_ms` by reason.
CREATE TABLE account_gaps (
    track_id BLOB    NOT NULL REFERENCES accounts (track_id),
    reason   TEXT    NOT NULL,
    ms       INTEGER NOT NULL CHECK (ms > 0),
    PRIMARY KEY (track_id, reason)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER account_gaps_no_update BEFORE UPDATE ON account_gaps
BEGIN
    SELECT RAISE(ABORT, 'accounts are insert-only');
END;
