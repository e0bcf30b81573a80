-- The texts of rule packs, each once: most files of a pack are those of the pack before it, and some have megabytes.

CREATE TABLE rule_texts (
    id     INTEGER NOT NULL PRIMARY KEY,
    sha256 BLOB    UNIQUE CHECK (length(sha256) = 32), -- NULL: it was stored before this was written down
    text   TEXT    NOT NULL
) STRICT;

INSERT INTO rule_texts (text) SELECT DISTINCT text FROM rule_pack_files;

CREATE TABLE rule_pack_files_once (
    pack     BLOB    NOT NULL REFERENCES rule_packs (sha256),
    position INTEGER NOT NULL CHECK (position >= 0),
    name     TEXT    NOT NULL,
    text_id  INTEGER NOT NULL REFERENCES rule_texts (id),
    PRIMARY KEY (pack, position)
) STRICT, WITHOUT ROWID;

INSERT INTO rule_pack_files_once (pack, position, name, text_id)
SELECT f.pack, f.position, f.name, t.id FROM rule_pack_files f JOIN rule_texts t ON t.text = f.text;

-- With its triggers.
DROP TABLE rule_pack_files;
ALTER TABLE rule_pack_files_once RENAME TO rule_pack_files;

CREATE TRIGGER rule_pack_files_no_update BEFORE UPDATE ON rule_pack_files
BEGIN
    SELECT RAISE(ABORT, 'rule packs are insert-only');
END;

CREATE TRIGGER rule_pack_files_no_delete BEFORE DELETE ON rule_pack_files
BEGIN
    SELECT RAISE(ABORT, 'rule packs are insert-only');
END;

CREATE TRIGGER rule_texts_no_update BEFORE UPDATE ON rule_texts
BEGIN
    SELECT RAISE(ABORT, 'rule packs are insert-only');
END;

CREATE TRIGGER rule_texts_no_delete BEFORE DELETE ON rule_texts
BEGIN
    SELECT RAISE(ABORT, 'rule packs are insert-only');
END;
