-- Ids are UUIDv7 as 16 bytes, times are milliseconds since 1970 UTC. A comment `sealed` marks a
-- personal column: bytes that only the program with its key file can open. `revision` counts what
-- the sealed values of a row are bound to.
CREATE TABLE offices (
    id   BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    code TEXT NOT NULL UNIQUE CHECK (code <> '')
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    login         BLOB    NOT NULL UNIQUE CHECK (length(login) = 32),
    login_name    BLOB    NOT NULL CHECK (length(login_name) >= 41), -- sealed
    name          BLOB    NOT NULL CHECK (length(name) >= 41),       -- sealed
    password_hash TEXT    CHECK (password_hash LIKE '$argon2id$%'),
    created_ms    INTEGER NOT NULL,
    disabled_ms   INTEGER,
    disabled_by   BLOB    REFERENCES users (id),
    revision      INTEGER NOT NULL CHECK (revision >= 1),
    CHECK (disabled_by IS NULL OR disabled_ms IS NOT NULL)
) STRICT, WITHOUT ROWID;

-- The audit names accounts for good.
CREATE TRIGGER users_no_delete BEFORE DELETE ON users
BEGIN
    SELECT RAISE(ABORT, 'users are never deleted');
END;

-- Whom an office's alerts go to, first first.
CREATE TABLE office_contacts (
    office_id BLOB    NOT NULL REFERENCES offices (id),
    position  INTEGER NOT NULL CHECK (position >= 0),
    user_id   BLOB    NOT NULL REFERENCES users (id),
    PRIMARY KEY (office_id, position),
    UNIQUE (office_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE grants (
    user_id   BLOB NOT NULL REFERENCES users (id),
    office_id BLOB NOT NULL REFERENCES offices (id),
    role      TEXT NOT NULL CHECK (role IN ('nurse', 'approver', 'administrator')),
    PRIMARY KEY (user_id, office_id, role)
) STRICT, WITHOUT ROWID;
