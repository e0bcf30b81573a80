-- Ids, codes, counts and times. No foreign keys: the audit outlives what it speaks of. `link` is
-- the keyed chain over all rows before and this one; its encoding is written down in the domain's
-- `audit.rs`.
CREATE TABLE audit_events (
    seq          INTEGER NOT NULL PRIMARY KEY CHECK (seq >= 1),
    at_ms        INTEGER NOT NULL,
    actor_kind   TEXT    NOT NULL,
    actor_id     BLOB    CHECK (length(actor_id) = 16),
    actor_role   TEXT    NOT NULL,
    action       TEXT    NOT NULL,
    office_id    BLOB    CHECK (length(office_id) = 16),
    interview_id BLOB    CHECK (length(interview_id) = 16),
    subject_kind TEXT    NOT NULL,
    subject_id   BLOB    CHECK (length(subject_id) = 16),
    event_count  INTEGER NOT NULL CHECK (event_count BETWEEN 0 AND 4294967295),
    link         BLOB    NOT NULL CHECK (length(link) = 32)
) STRICT;

CREATE INDEX audit_events_by_interview ON audit_events (interview_id, seq) WHERE interview_id IS NOT NULL;
CREATE INDEX audit_events_by_actor ON audit_events (actor_id, seq) WHERE actor_id IS NOT NULL;

CREATE TRIGGER audit_events_no_gap BEFORE INSERT ON audit_events
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit_events)
BEGIN
    SELECT RAISE(ABORT, 'audit events are numbered without gaps');
END;

CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit events are insert-only');
END;

CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit events are insert-only');
END;
