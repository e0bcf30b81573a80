-- What opened the first door, and the kind of device; never an address.
ALTER TABLE login_sessions ADD COLUMN signed_by TEXT NOT NULL DEFAULT 'password'
    CHECK (signed_by IN ('password', 'link'));
ALTER TABLE login_sessions ADD COLUMN system TEXT NOT NULL DEFAULT 'other'
    CHECK (system IN ('windows', 'mac', 'linux', 'chrome_os', 'ios', 'android', 'other'));
ALTER TABLE login_sessions ADD COLUMN browser TEXT NOT NULL DEFAULT 'other'
    CHECK (browser IN ('edge', 'chrome', 'safari', 'firefox', 'other'));

-- Who approves notes or looks after accounts signs in anew, with the second factor.
UPDATE login_sessions SET ended_ms = last_seen_ms WHERE ended_ms IS NULL
    AND user_id IN (SELECT user_id FROM grants WHERE role IN ('approver', 'administrator'));
