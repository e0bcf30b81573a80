CREATE TABLE residents (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name       BLOB    NOT NULL CHECK (length(name) >= 41),       -- sealed
    kana       BLOB    NOT NULL CHECK (length(kana) >= 41),       -- sealed
    birth_date BLOB    NOT NULL CHECK (length(birth_date) >= 41), -- sealed
    identity   BLOB    NOT NULL CHECK (length(identity) = 32),
    created_ms INTEGER NOT NULL,
    revision   INTEGER NOT NULL CHECK (revision >= 1)
) STRICT, WITHOUT ROWID;

CREATE INDEX residents_by_identity ON residents (identity);

-- One pregnancy.
CREATE TABLE cases (
    id                  BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    resident_id         BLOB    NOT NULL REFERENCES residents (id),
    office_id           BLOB    NOT NULL REFERENCES offices (id),
    opened_ms           INTEGER NOT NULL,
    due_date            BLOB    CHECK (length(due_date) >= 41),            -- sealed
    contact_restriction BLOB    CHECK (length(contact_restriction) >= 41), -- sealed
    barred              BLOB    CHECK (length(barred) >= 41),              -- sealed
    revision            INTEGER NOT NULL CHECK (revision >= 1)
) STRICT, WITHOUT ROWID;

CREATE INDEX cases_by_resident ON cases (resident_id, opened_ms);

-- A right in one case of another office, with an end. Insert-only.
CREATE TABLE assignments (
    id      BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id BLOB    NOT NULL REFERENCES users (id),
    case_id BLOB    NOT NULL REFERENCES cases (id),
    role    TEXT    NOT NULL CHECK (role IN ('nurse', 'approver')),
    from_ms INTEGER NOT NULL,
    ends_ms INTEGER NOT NULL CHECK (ends_ms > from_ms),
    made_ms INTEGER NOT NULL,
    made_by BLOB    NOT NULL REFERENCES users (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX assignments_by_user ON assignments (user_id, ends_ms);
CREATE INDEX assignments_by_case ON assignments (case_id);

CREATE TRIGGER assignments_no_update BEFORE UPDATE ON assignments
BEGIN
    SELECT RAISE(ABORT, 'assignments are insert-only');
END;

CREATE TRIGGER assignments_no_delete BEFORE DELETE ON assignments
BEGIN
    SELECT RAISE(ABORT, 'assignments are insert-only');
END;
