//! Certificates, what goes with them, and pauses.

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::audit::Head;
use yorisoi_domain::call::pause::Pause;
use yorisoi_domain::ids::{FlagId, InterviewId, ParticipantId, UserId};
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::withdrawal::{Certificate, CertificateNumber};
use yorisoi_store::{
    DeletedWords, NewCertificate, ReadWithdrawals, Result, StoreError, WriteWithdrawals,
};

use crate::codes::{bytes32, code, parse, time};
use crate::error::sql;
use crate::store::SqliteTx;

struct Row {
    number: i64,
    interview_id: Uuid,
    participant_id: Uuid,
    manner: String,
    taken_by: Option<Uuid>,
    at_ms: i64,
    done_ms: Option<i64>,
    audit_seq: Option<i64>,
    audit_link: Option<Vec<u8>>,
}

impl Row {
    fn read(self) -> Result<Certificate> {
        let number = u32::try_from(self.number);
        Ok(Certificate {
            number: CertificateNumber(
                number.map_err(|_| StoreError::Corrupt("certificates.number"))?,
            ),
            interview: self.interview_id.into(),
            participant: self.participant_id.into(),
            manner: parse(&self.manner, "certificates.manner")?,
            taken_by: self.taken_by.map(UserId::new),
            at: time(self.at_ms)?,
            done_at: self.done_ms.map(time).transpose()?,
            audit: match (self.audit_seq, &self.audit_link) {
                (Some(seq), Some(link)) => Some(Head {
                    seq: u64::try_from(seq)
                        .map_err(|_| StoreError::Corrupt("certificates_done.audit_seq"))?,
                    link: bytes32(link)?,
                }),
                _ => None,
            },
        })
    }
}

#[async_trait]
impl ReadWithdrawals for SqliteTx {
    async fn certificate_of(&mut self, participant: ParticipantId) -> Result<Option<Certificate>> {
        let participant = participant.uuid();
        let row = sqlx::query_as!(
            Row,
            r#"SELECT c.number AS "number!", c.interview_id, c.participant_id, c.manner, c.taken_by, c.at_ms,
                      d.done_ms AS "done_ms?", d.audit_seq AS "audit_seq?", d.audit_link AS "audit_link?"
               FROM certificates c LEFT JOIN certificates_done d ON d.number = c.number
               WHERE c.participant_id = ?"#,
            participant
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(Row::read).transpose()
    }

    async fn certificates_of(&mut self, interview: InterviewId) -> Result<Vec<Certificate>> {
        let interview = interview.uuid();
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT c.number AS "number!", c.interview_id, c.participant_id, c.manner, c.taken_by, c.at_ms,
                      d.done_ms AS "done_ms?", d.audit_seq AS "audit_seq?", d.audit_link AS "audit_link?"
               FROM certificates c LEFT JOIN certificates_done d ON d.number = c.number
               WHERE c.interview_id = ? ORDER BY c.number"#,
            interview
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        rows.into_iter().map(Row::read).collect()
    }

    async fn certificate(&mut self, number: CertificateNumber) -> Result<Option<Certificate>> {
        let number = number.0;
        let row = sqlx::query_as!(
            Row,
            r#"SELECT c.number AS "number!", c.interview_id, c.participant_id, c.manner, c.taken_by, c.at_ms,
                      d.done_ms AS "done_ms?", d.audit_seq AS "audit_seq?", d.audit_link AS "audit_link?"
               FROM certificates c LEFT JOIN certificates_done d ON d.number = c.number
               WHERE c.number = ?"#,
            number
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(Row::read).transpose()
    }

    async fn last_certificate(&mut self) -> Result<CertificateNumber> {
        let number =
            sqlx::query_scalar!(r#"SELECT number AS "number!: i64" FROM certificates_last"#)
                .fetch_one(self.conn())
                .await
                .map_err(sql)?;
        let number = u32::try_from(number);
        Ok(CertificateNumber(
            number.map_err(|_| StoreError::Corrupt("certificates.number"))?,
        ))
    }

    async fn open_certificates(&mut self) -> Result<Vec<Certificate>> {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT c.number AS "number!", c.interview_id, c.participant_id, c.manner, c.taken_by, c.at_ms,
                      d.done_ms AS "done_ms?", d.audit_seq AS "audit_seq?", d.audit_link AS "audit_link?"
               FROM certificates c LEFT JOIN certificates_done d ON d.number = c.number
               WHERE d.number IS NULL ORDER BY c.number"#
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        rows.into_iter().map(Row::read).collect()
    }

    async fn pauses_of(&mut self, interview: InterviewId) -> Result<Vec<Pause>> {
        let interview = interview.uuid();
        let rows = sqlx::query!(
            "SELECT participant_id, paused FROM pauses WHERE interview_id = ? ORDER BY position",
            interview
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| Pause {
            of: row.participant_id.map(ParticipantId::new),
            on: row.paused != 0,
        });
        Ok(read.collect())
    }
}

#[async_trait]
impl WriteWithdrawals for SqliteTx {
    async fn insert_certificate(&mut self, new: NewCertificate) -> Result<CertificateNumber> {
        let (interview, participant) = (new.interview.uuid(), new.participant.uuid());
        let (manner, at) = (code(new.manner), new.at.as_millisecond());
        let taken_by = new.taken_by.map(UserId::uuid);
        let number = sqlx::query_scalar!(
            r#"INSERT INTO certificates
                (number, interview_id, participant_id, kind, manner, taken_by, at_ms)
             SELECT number + 1, ?, ?, 'withdrawal', ?, ?, ? FROM certificates_last
             RETURNING number AS "number!""#,
            interview,
            participant,
            manner,
            taken_by,
            at
        )
        .fetch_one(self.conn())
        .await
        .map_err(sql)?;
        let number = u32::try_from(number);
        Ok(CertificateNumber(
            number.map_err(|_| StoreError::Corrupt("certificates.number"))?,
        ))
    }

    async fn lose_certificates(&mut self, before: CertificateNumber) -> Result<()> {
        let before = before.0;
        sqlx::query!(
            "INSERT INTO certificates_lost (number)
             WITH RECURSIVE lost (number) AS (
                 SELECT number + 1 FROM certificates_last
                 UNION ALL SELECT number + 1 FROM lost WHERE number < ?
             )
             SELECT number FROM lost WHERE number < ? ORDER BY number",
            before,
            before
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn finish_certificate(
        &mut self,
        number: CertificateNumber,
        at: Timestamp,
        audit: Head,
    ) -> Result<()> {
        let (number, at) = (number.0, at.as_millisecond());
        let seq = i64::try_from(audit.seq).map_err(|_| StoreError::Corrupt("the audit's head"))?;
        let link = &audit.link[..];
        sqlx::query!(
            "INSERT INTO certificates_done (number, done_ms, audit_seq, audit_link)
             VALUES (?, ?, ?, ?)",
            number,
            at,
            seq,
            link
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn delete_words_of(&mut self, participant: ParticipantId) -> Result<DeletedWords> {
        let participant = participant.uuid();
        // While their quotes still lead to the voice.
        let flags = sqlx::query_scalar!(
            r#"SELECT DISTINCT q.flag_id AS "id!: Uuid" FROM tracks t
               JOIN segments s ON s.track_id = t.id
               JOIN flag_quotes q ON q.segment_id = s.id AND q.segment_revision = s.revision
               WHERE t.participant_id = ?"#,
            participant
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let done = sqlx::query!(
            "DELETE FROM segments
             WHERE track_id IN (SELECT id FROM tracks WHERE participant_id = ?)",
            participant
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(DeletedWords {
            segments: u32::try_from(done.rows_affected()).unwrap_or(u32::MAX),
            quoted_by: flags.into_iter().map(FlagId::new).collect(),
        })
    }

    async fn insert_pause(
        &mut self,
        interview: InterviewId,
        pause: Pause,
        at: Timestamp,
    ) -> Result<()> {
        let (interview, at) = (interview.uuid(), at.as_millisecond());
        let of = pause.of.map(ParticipantId::uuid);
        sqlx::query!(
            "INSERT INTO pauses (interview_id, participant_id, paused, at_ms) VALUES (?, ?, ?, ?)",
            interview,
            of,
            pause.on,
            at
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }
}
