//! Records, their numbers and addenda.

use async_trait::async_trait;
use yorisoi_domain::ids::{InterviewId, OfficeId, RecordId};
use yorisoi_domain::note::number::RecordNumber;
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{
    AddendumRow, Approval, ReadRecords, RecordRow, Result, Sealed, StoreError, WriteRecords,
};

use crate::codes::{bytes32, number, time};
use crate::error::sql;
use crate::store::SqliteTx;

#[async_trait]
impl ReadRecords for SqliteTx {
    async fn record_of(&mut self, interview: InterviewId) -> Result<Option<RecordRow>> {
        let of = interview.uuid();
        let row = sqlx::query!(
            "SELECT id, note_id, note_version, content, sha256, approved_by, at_ms
             FROM records WHERE interview_id = ?",
            of
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(|row| {
            Ok(RecordRow {
                id: row.id.into(),
                note: row.note_id.into(),
                interview,
                note_version: number(row.note_version, "records.note_version")?,
                content: Sealed::from_bytes(row.content),
                sha256: bytes32(&row.sha256)?,
                approver: row.approved_by.into(),
                at: time(row.at_ms)?,
            })
        })
        .transpose()
    }

    async fn addenda(&mut self, record: RecordId) -> Result<Vec<AddendumRow>> {
        let of = record.uuid();
        let rows = sqlx::query!(
            "SELECT id, words, by_user, at_ms FROM addenda WHERE record_id = ? ORDER BY at_ms, id",
            of
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            Ok(AddendumRow {
                id: row.id.into(),
                record,
                words: Sealed::from_bytes(row.words),
                by: row.by_user.into(),
                at: time(row.at_ms)?,
            })
        });
        read.collect()
    }

    async fn record_number(&mut self, interview: InterviewId) -> Result<Option<RecordNumber>> {
        let of = interview.uuid();
        let row = sqlx::query!(
            "SELECT o.code, r.fiscal_year, r.running
             FROM record_numbers r JOIN offices o ON o.id = r.office_id
             WHERE r.interview_id = ?",
            of
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(|row| {
            const DAMAGED: StoreError = StoreError::Corrupt("record_numbers.fiscal_year");
            Ok(RecordNumber {
                office: row.code,
                fiscal_year: i16::try_from(row.fiscal_year).map_err(|_| DAMAGED)?,
                running: number(row.running, "record_numbers.running")?,
            })
        })
        .transpose()
    }

    async fn interview_of_record(&mut self, number: &RecordNumber) -> Result<Option<InterviewId>> {
        let (office, year, running) = (&number.office, number.fiscal_year, number.running);
        let id = sqlx::query_scalar!(
            "SELECT r.interview_id FROM record_numbers r JOIN offices o ON o.id = r.office_id
             WHERE o.code = ? AND r.fiscal_year = ? AND r.running = ?",
            office,
            year,
            running
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        Ok(id.map(InterviewId::new))
    }

    async fn approvals(
        &mut self,
        office: OfficeId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Approval>> {
        let office = office.uuid();
        let (from, to) = (from.as_millisecond(), to.as_millisecond());
        let rows = sqlx::query!(
            "SELECT v.submitted_ms, r.at_ms
             FROM records r
             JOIN interviews i ON i.id = r.interview_id
             JOIN note_versions v ON v.note_id = r.note_id AND v.number = 1
             WHERE i.office_id = ? AND r.at_ms >= ? AND r.at_ms < ?",
            office,
            from,
            to
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            Ok(Approval {
                submitted_at: time(row.submitted_ms)?,
                approved_at: time(row.at_ms)?,
            })
        });
        read.collect()
    }
}

#[async_trait]
impl WriteRecords for SqliteTx {
    async fn give_record_number(
        &mut self,
        interview: InterviewId,
        office: OfficeId,
        fiscal_year: i16,
    ) -> Result<()> {
        let (interview, office) = (interview.uuid(), office.uuid());
        sqlx::query!(
            "INSERT INTO record_numbers (interview_id, office_id, fiscal_year, running)
             SELECT ?1, ?2, ?3, 1 + COALESCE(MAX(running), 0) FROM record_numbers
             WHERE office_id = ?2 AND fiscal_year = ?3",
            interview,
            office,
            fiscal_year
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn insert_record(&mut self, row: &RecordRow) -> Result<()> {
        let (id, note, interview) = (row.id.uuid(), row.note.uuid(), row.interview.uuid());
        let (content, sha256) = (row.content.as_bytes(), row.sha256.as_slice());
        let (approver, at) = (row.approver.uuid(), row.at.as_millisecond());
        sqlx::query!(
            "INSERT INTO records
                 (id, note_id, interview_id, note_version, content, sha256, approved_by, at_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            note,
            interview,
            row.note_version,
            content,
            sha256,
            approver,
            at
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn insert_addendum(&mut self, row: &AddendumRow) -> Result<()> {
        let (id, record) = (row.id.uuid(), row.record.uuid());
        let (words, by) = (row.words.as_bytes(), row.by.uuid());
        let at = row.at.as_millisecond();
        sqlx::query!(
            "INSERT INTO addenda (id, record_id, words, by_user, at_ms) VALUES (?, ?, ?, ?, ?)",
            id,
            record,
            words,
            by,
            at
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }
}
