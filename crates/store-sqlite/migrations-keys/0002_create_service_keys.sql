-- The two keys of the service itself: of the look-up columns and of the audit's chain. Wrapped like
-- data keys, so that another key file changes neither. A file without them was made before: there
-- both come from the key file, until it is changed.
CREATE TABLE service_keys (
    name    TEXT NOT NULL PRIMARY KEY CHECK (name IN ('lookup', 'chain')),
    wrapped BLOB NOT NULL CHECK (length(wrapped) = 72)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER service_keys_no_delete BEFORE DELETE ON service_keys
BEGIN
    SELECT RAISE(ABORT, 'without these keys nothing is found and no audit is followed');
END;
