-- What a law asks to keep beyond its time. `basis` names the law or the order, sealed under the
-- interview's record key. One hold of an interview at a time; a lifted one stays as the proof.
CREATE TABLE legal_holds (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    interview_id BLOB    NOT NULL REFERENCES interviews (id),
    basis        BLOB    NOT NULL CHECK (length(basis) >= 41), -- sealed
    set_ms       INTEGER NOT NULL,
    lifted_ms    INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX legal_holds_one ON legal_holds (interview_id) WHERE lifted_ms IS NULL;

CREATE TRIGGER legal_holds_lifted_once BEFORE UPDATE ON legal_holds
WHEN OLD.lifted_ms IS NOT NULL OR NEW.id <> OLD.id OR NEW.interview_id <> OLD.interview_id
     OR NEW.basis <> OLD.basis OR NEW.set_ms <> OLD.set_ms
BEGIN
    SELECT RAISE(ABORT, 'a hold is only lifted');
END;

CREATE TRIGGER legal_holds_no_delete BEFORE DELETE ON legal_holds
BEGIN
    SELECT RAISE(ABORT, 'holds are never deleted');
END;

-- What nothing may destroy.
CREATE VIEW held_interviews AS SELECT interview_id FROM legal_holds WHERE lifted_ms IS NULL;
