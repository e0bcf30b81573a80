-- A finished certificate bears the head of the audit as it was then: whoever cuts the audit off before it
-- contradicts the certificate. Those from before this have none.
ALTER TABLE certificates_done ADD COLUMN audit_seq  INTEGER CHECK (audit_seq >= 1);
ALTER TABLE certificates_done ADD COLUMN audit_link BLOB
    CHECK ((audit_link IS NULL) = (audit_seq IS NULL) AND (audit_link IS NULL OR length(audit_link) = 32));
