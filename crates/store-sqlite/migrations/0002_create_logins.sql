-- Tokens lie here as SHA-256 of 256 random bits.
CREATE TABLE login_sessions (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id      BLOB    NOT NULL REFERENCES users (id),
    token        BLOB    NOT NULL UNIQUE CHECK (length(token) = 32),
    created_ms   INTEGER NOT NULL,
    last_seen_ms INTEGER NOT NULL CHECK (last_seen_ms >= created_ms),
    ended_ms     INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX login_sessions_by_user ON login_sessions (user_id);

CREATE TABLE sign_in_links (
    token      BLOB    NOT NULL PRIMARY KEY CHECK (length(token) = 32),
    user_id    BLOB    NOT NULL REFERENCES users (id),
    made_ms    INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL CHECK (expires_ms > made_ms),
    used_ms    INTEGER
) STRICT, WITHOUT ROWID;

-- Wrong tries of one account from one address; the key is a keyed hash of both.
CREATE TABLE login_tries (
    try_key       BLOB    NOT NULL PRIMARY KEY CHECK (length(try_key) = 32),
    wrong         INTEGER NOT NULL CHECK (wrong >= 1),
    last_wrong_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
