-- keys.db. One wrapped key per row; `wrapped` always has the same length, so that a key is
-- overwritten where it lies. A destroyed key is all zero bytes, and its row stays as the proof.
CREATE TABLE data_keys (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind         TEXT    NOT NULL CHECK (kind IN ('audio', 'talk', 'record', 'person')),
    owner_id     BLOB    NOT NULL CHECK (length(owner_id) = 16),
    wrapped      BLOB    NOT NULL CHECK (length(wrapped) = 72),
    created_ms   INTEGER NOT NULL,
    destroyed_ms INTEGER CHECK ((destroyed_ms IS NULL) = (wrapped <> zeroblob(72))),
    UNIQUE (owner_id, kind)
) STRICT;

CREATE TRIGGER data_keys_no_delete BEFORE DELETE ON data_keys
BEGIN
    SELECT RAISE(ABORT, 'destroyed keys leave their row');
END;

CREATE TRIGGER data_keys_stay_destroyed BEFORE UPDATE ON data_keys
WHEN OLD.destroyed_ms IS NOT NULL OR NEW.id <> OLD.id OR NEW.owner_id <> OLD.owner_id OR NEW.kind <> OLD.kind
BEGIN
    SELECT RAISE(ABORT, 'a destroyed key stays destroyed');
END;
