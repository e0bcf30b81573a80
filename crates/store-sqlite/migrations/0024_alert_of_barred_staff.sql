-- Whoever a case bars has tried to open it: another reason to tell somebody, with who it was. SQLite
-- changes no CHECK in place, so the table is made anew.
CREATE TABLE alerts_anew (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    flag_id      BLOB    REFERENCES flags (id) ON DELETE SET NULL,
    interview_id BLOB    NOT NULL REFERENCES interviews (id),
    why          TEXT    NOT NULL CHECK (why IN ('found', 'hold_over', 'barred')),
    tried_by     BLOB    REFERENCES users (id),
    due_ms       INTEGER NOT NULL,
    told_ms      INTEGER,
    opened_ms    INTEGER,
    opened_by    BLOB    REFERENCES users (id),
    step         INTEGER NOT NULL CHECK (step >= 0), -- the place in the office's contact list
    CHECK ((why = 'barred') = (tried_by IS NOT NULL)),
    CHECK (why <> 'barred' OR flag_id IS NULL),
    CHECK (opened_ms IS NULL OR told_ms IS NOT NULL),
    CHECK ((opened_ms IS NULL) = (opened_by IS NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO alerts_anew (id, flag_id, interview_id, why, tried_by, due_ms, told_ms, opened_ms, opened_by, step)
SELECT id, flag_id, interview_id, why, NULL, due_ms, told_ms, opened_ms, opened_by, step FROM alerts;

DROP TABLE alerts;

ALTER TABLE alerts_anew RENAME TO alerts;

CREATE INDEX alerts_by_interview ON alerts (interview_id, due_ms);
CREATE INDEX alerts_by_flag ON alerts (flag_id);
CREATE INDEX alerts_unopened ON alerts (due_ms) WHERE opened_ms IS NULL;

CREATE TRIGGER alerts_final BEFORE UPDATE OF due_ms, told_ms, opened_ms, opened_by, step ON alerts
WHEN OLD.opened_ms IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'an opened alert does not change');
END;
