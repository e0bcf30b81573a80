-- An item found in an interview, and what was decided about it. One per item and interview.
CREATE TABLE flags (
    id              BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    interview_id    BLOB    NOT NULL REFERENCES interviews (id),
    item            TEXT    NOT NULL CHECK (item <> ''),
    tier            TEXT    NOT NULL CHECK (tier IN ('immediate', 'review', 'notice', 'care')),
    rule            TEXT,                                                       -- NULL: by hand alone
    how             TEXT    CHECK (how IN ('direct', 'answer')),
    pack_version    TEXT    NOT NULL,
    pack_sha256     BLOB    NOT NULL CHECK (length(pack_sha256) = 32),
    unsure          INTEGER NOT NULL CHECK (unsure IN (0, 1)),
    speaker_unknown INTEGER NOT NULL CHECK (speaker_unknown IN (0, 1)),
    at_ms           INTEGER NOT NULL,                                           -- on the interview's clock
    state           TEXT    NOT NULL CHECK (state IN ('suggested', 'confirmed', 'dismissed', 'held')),
    decided_ms      INTEGER,
    decided_by      BLOB    REFERENCES users (id),
    reason          TEXT    CHECK (reason IN ('misheard', 'not_hers', 'past', 'about_services', 'figure_of_speech', 'other')),
    until_ms        INTEGER CHECK (until_ms > decided_ms),
    words           BLOB    CHECK (length(words) >= 41),                        -- sealed: what the nurse saw
    reason_words    BLOB    CHECK (length(reason_words) >= 41),                 -- sealed: why
    made_ms         INTEGER NOT NULL,
    made_by         BLOB    REFERENCES users (id),
    revision        INTEGER NOT NULL CHECK (revision >= 1),
    UNIQUE (interview_id, item),
    CHECK ((rule IS NULL) = (how IS NULL)),
    CHECK ((words IS NULL) OR (made_by IS NOT NULL)),
    CHECK ((decided_ms IS NULL) = (state = 'suggested')),
    CHECK ((decided_by IS NULL) = (state = 'suggested')),
    CHECK ((reason IS NOT NULL) = (state = 'dismissed')),
    CHECK ((until_ms IS NOT NULL) = (state = 'held')),
    CHECK (reason_words IS NULL OR state IN ('dismissed', 'held')),
    CHECK (reason_words IS NOT NULL OR (state <> 'held' AND coalesce(reason, '') <> 'other'))
) STRICT, WITHOUT ROWID;

-- Where the evidence stands: no words, and none without its segment.
CREATE TABLE flag_quotes (
    flag_id          BLOB    NOT NULL REFERENCES flags (id) ON DELETE CASCADE,
    position         INTEGER NOT NULL CHECK (position >= 0),
    segment_id       BLOB    NOT NULL,
    segment_revision INTEGER NOT NULL,
    from_byte        INTEGER NOT NULL CHECK (from_byte >= 0),
    to_byte          INTEGER NOT NULL CHECK (to_byte >= from_byte),
    part             TEXT    NOT NULL CHECK (part IN ('question', 'answer', 'statement')),
    PRIMARY KEY (flag_id, position),
    FOREIGN KEY (segment_id, segment_revision) REFERENCES segments (id, revision) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX flag_quotes_by_segment ON flag_quotes (segment_id, segment_revision);
