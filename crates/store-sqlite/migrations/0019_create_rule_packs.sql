-- Rule packs of this municipality. None of it is personal: patterns, words and invented sentences.

-- Every pack that was ever asked for or in use, whole.
CREATE TABLE rule_packs (
    sha256    BLOB    NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
    version   TEXT    NOT NULL CHECK (version <> ''),
    stored_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER rule_packs_no_update BEFORE UPDATE ON rule_packs
BEGIN
    SELECT RAISE(ABORT, 'rule packs are insert-only');
END;

CREATE TRIGGER rule_packs_no_delete BEFORE DELETE ON rule_packs
BEGIN
    SELECT RAISE(ABORT, 'rule packs are insert-only');
END;

CREATE TABLE rule_pack_files (
    pack     BLOB    NOT NULL REFERENCES rule_packs (sha256),
    position INTEGER NOT NULL CHECK (position >= 0),
    name     TEXT    NOT NULL,
    text     TEXT    NOT NULL,
    PRIMARY KEY (pack, position)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER rule_pack_files_no_update BEFORE UPDATE ON rule_pack_files
BEGIN
    SELECT RAISE(ABORT, 'rule packs are insert-only');
END;

CREATE TRIGGER rule_pack_files_no_delete BEFORE DELETE ON rule_pack_files
BEGIN
    SELECT RAISE(ABORT, 'rule packs are insert-only');
END;

-- The working copy, one row per file that is to change. `text` NULL: the file goes.
CREATE TABLE rule_drafts (
    name    TEXT    NOT NULL PRIMARY KEY CHECK (name <> ''),
    text    TEXT,
    by_user BLOB    NOT NULL REFERENCES users (id),
    at_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who asked for a pack from which day on, and what another person said.
CREATE TABLE rule_activations (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    pack       BLOB    NOT NULL REFERENCES rule_packs (sha256),
    from_ms    INTEGER NOT NULL,
    asked_by   BLOB    NOT NULL REFERENCES users (id),
    asked_ms   INTEGER NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('asked', 'approved', 'refused', 'withdrawn')),
    state_by   BLOB    REFERENCES users (id),
    state_ms   INTEGER,
    CHECK ((state = 'asked') = (state_by IS NULL)),
    CHECK ((state = 'asked') = (state_ms IS NULL)),
    CHECK (state NOT IN ('approved', 'refused') OR state_by <> asked_by)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER rule_activations_final BEFORE UPDATE ON rule_activations
WHEN OLD.state IN ('refused', 'withdrawn')
    OR (OLD.state = 'approved' AND NEW.state <> 'withdrawn')
    OR EXISTS (SELECT 1 FROM rule_uses u WHERE u.activation_id = OLD.id)
    OR NEW.pack <> OLD.pack OR NEW.from_ms <> OLD.from_ms OR NEW.asked_by <> OLD.asked_by
BEGIN
    SELECT RAISE(ABORT, 'what was decided about a rule pack does not change');
END;

CREATE TRIGGER rule_activations_no_delete BEFORE DELETE ON rule_activations
BEGIN
    SELECT RAISE(ABORT, 'activations are never deleted');
END;

-- Which pack talks that begin from then on are read by.
CREATE TABLE rule_uses (
    from_ms       INTEGER NOT NULL PRIMARY KEY,
    pack          BLOB    NOT NULL REFERENCES rule_packs (sha256),
    activation_id BLOB    UNIQUE REFERENCES rule_activations (id) -- NULL: came with the program
) STRICT, WITHOUT ROWID;

CREATE TRIGGER rule_uses_approved BEFORE INSERT ON rule_uses
WHEN NEW.activation_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM rule_activations a
    WHERE a.id = NEW.activation_id AND a.state = 'approved' AND a.from_ms <= NEW.from_ms
)
BEGIN
    SELECT RAISE(ABORT, 'a rule pack is used when another person has approved it');
END;

CREATE TRIGGER rule_uses_forward BEFORE INSERT ON rule_uses
WHEN NEW.from_ms <= (SELECT max(from_ms) FROM rule_uses)
BEGIN
    SELECT RAISE(ABORT, 'what past talks were read by does not change');
END;

CREATE TRIGGER rule_uses_no_update BEFORE UPDATE ON rule_uses
BEGIN
    SELECT RAISE(ABORT, 'uses of rule packs are insert-only');
END;

CREATE TRIGGER rule_uses_no_delete BEFORE DELETE ON rule_uses
BEGIN
    SELECT RAISE(ABORT, 'uses of rule packs are insert-only');
END;
