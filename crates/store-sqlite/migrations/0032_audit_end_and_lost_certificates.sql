-- The audit ends too. What is destroyed must not be due again when the event that says so is gone.
CREATE TABLE destroyed (
    interview_id BLOB    NOT NULL CHECK (length(interview_id) = 16), -- as the audit's: no foreign key
    what         TEXT    NOT NULL CHECK (what IN ('audio', 'talk', 'record')),
    at_ms        INTEGER NOT NULL,
    PRIMARY KEY (interview_id, what)
) STRICT, WITHOUT ROWID;

INSERT INTO destroyed (interview_id, what, at_ms)
SELECT interview_id, substr(action, 1, length(action) - length('_destroyed')), max(at_ms)
FROM audit_events
WHERE action IN ('audio_destroyed', 'talk_destroyed', 'record_destroyed') AND interview_id IS NOT NULL
GROUP BY interview_id, action;

CREATE TRIGGER audit_events_destroyed AFTER INSERT ON audit_events
WHEN NEW.action IN ('audio_destroyed', 'talk_destroyed', 'record_destroyed')
     AND NEW.interview_id IS NOT NULL
BEGIN
    INSERT INTO destroyed (interview_id, what, at_ms)
    VALUES (NEW.interview_id, substr(NEW.action, 1, length(NEW.action) - length('_destroyed')), NEW.at_ms)
    ON CONFLICT (interview_id, what) DO UPDATE SET at_ms = max(at_ms, excluded.at_ms);
END;

CREATE TRIGGER destroyed_no_delete BEFORE DELETE ON destroyed
BEGIN
    SELECT RAISE(ABORT, 'what is destroyed stays destroyed');
END;

-- The last of the events that were removed, sealed by whoever has the audit's key. The newest stands for
-- all of them; the others say when more were removed.
CREATE TABLE audit_anchors (
    seq  INTEGER NOT NULL PRIMARY KEY CHECK (seq >= 1),
    link BLOB    NOT NULL CHECK (length(link) = 32),
    seal BLOB    NOT NULL CHECK (length(seal) = 32)
) STRICT;

CREATE TRIGGER audit_anchors_of_an_event BEFORE INSERT ON audit_anchors
WHEN NOT EXISTS (SELECT 1 FROM audit_events a WHERE a.seq = NEW.seq AND a.link = NEW.link)
     OR NEW.seq >= (SELECT max(seq) FROM audit_events)
BEGIN
    SELECT RAISE(ABORT, 'an anchor stands for events that are there, and not for the last');
END;

CREATE TRIGGER audit_anchors_no_update BEFORE UPDATE ON audit_anchors
BEGIN
    SELECT RAISE(ABORT, 'anchors are insert-only');
END;

CREATE TRIGGER audit_anchors_no_delete BEFORE DELETE ON audit_anchors
BEGIN
    SELECT RAISE(ABORT, 'anchors are insert-only');
END;

DROP TRIGGER audit_events_no_delete;

CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events
WHEN OLD.seq > (SELECT coalesce(max(seq), 0) FROM audit_anchors)
BEGIN
    SELECT RAISE(ABORT, 'audit events are insert-only');
END;

-- Numbers that people hold on paper, of withdrawals that were lost with a machine: a restore leaves them out,
-- so that no number ever means two people.
CREATE TABLE certificates_lost (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number >= 1)
) STRICT;

CREATE VIEW certificates_last AS
SELECT coalesce(max(number), 0) AS number
FROM (SELECT number FROM certificates UNION ALL SELECT number FROM certificates_lost);

CREATE TRIGGER certificates_lost_no_gap BEFORE INSERT ON certificates_lost
WHEN NEW.number <> (SELECT number + 1 FROM certificates_last)
BEGIN
    SELECT RAISE(ABORT, 'certificates are numbered without gaps');
END;

CREATE TRIGGER certificates_lost_no_update BEFORE UPDATE ON certificates_lost
BEGIN
    SELECT RAISE(ABORT, 'lost numbers are insert-only');
END;

CREATE TRIGGER certificates_lost_no_delete BEFORE DELETE ON certificates_lost
BEGIN
    SELECT RAISE(ABORT, 'lost numbers are insert-only');
END;

DROP TRIGGER certificates_no_gap;

CREATE TRIGGER certificates_no_gap BEFORE INSERT ON certificates
WHEN NEW.number <> (SELECT number + 1 FROM certificates_last)
BEGIN
    SELECT RAISE(ABORT, 'certificates are numbered without gaps');
END;
