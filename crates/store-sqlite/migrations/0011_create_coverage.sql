-- How far each item was asked about, as each source says. What no source names was not asked.
CREATE TABLE coverage (
    interview_id BLOB    NOT NULL REFERENCES interviews (id),
    item         TEXT    NOT NULL CHECK (item <> ''),
    source       TEXT    NOT NULL CHECK (source IN ('engine', 'form', 'nurse')),
    state        TEXT    NOT NULL CHECK (state IN ('not_asked', 'asked', 'positive', 'negative', 'vague', 'declined')),
    at_ms        INTEGER NOT NULL,                -- UTC
    by_user      BLOB    REFERENCES users (id),
    PRIMARY KEY (interview_id, item, source),
    CHECK ((by_user IS NOT NULL) = (source = 'nurse'))
) STRICT, WITHOUT ROWID;
