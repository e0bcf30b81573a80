//! Whose time is over, and what a law keeps beyond it.

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::ids::{InterviewId, ResidentId};
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{HoldRow, ReadRetention, Result, Sealed, WriteRetention};

use crate::codes::time;
use crate::error::{exactly_one, sql};
use crate::store::SqliteTx;

#[async_trait]
impl ReadRetention for SqliteTx {
    async fn sound_due(&mut self, silent_since: Timestamp) -> Result<Vec<InterviewId>> {
        let since = silent_since.as_millisecond();
        let rows = sqlx::query_scalar!(
            r#"SELECT i.id AS "id!: Uuid" FROM (
                   SELECT interview_id AS id, max(closed_ms) AS closed_ms,
                          count(*) = count(closed_ms) AS silent
                   FROM calls GROUP BY interview_id
               ) i
               WHERE i.silent
                 AND i.id NOT IN (SELECT interview_id FROM held_interviews)
                 AND (i.closed_ms < ?
                      OR EXISTS (SELECT 1 FROM records r WHERE r.interview_id = i.id))
                 AND NOT EXISTS (SELECT 1 FROM destroyed d
                                 WHERE d.interview_id = i.id AND d.what = 'audio'
                                   AND d.at_ms >= i.closed_ms)
               ORDER BY i.closed_ms, i.id"#,
            since
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        Ok(rows.into_iter().map(InterviewId::new).collect())
    }

    async fn talk_due(&mut self, approved_before: Timestamp) -> Result<Vec<InterviewId>> {
        let before = approved_before.as_millisecond();
        let rows = sqlx::query_scalar!(
            r#"SELECT r.interview_id AS "id!: Uuid" FROM records r
               WHERE r.at_ms < ?
                 AND r.interview_id NOT IN (SELECT interview_id FROM held_interviews)
                 AND NOT EXISTS (SELECT 1 FROM destroyed d
                                 WHERE d.interview_id = r.interview_id AND d.what = 'talk')
               ORDER BY r.at_ms, r.interview_id"#,
            before
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        Ok(rows.into_iter().map(InterviewId::new).collect())
    }

    async fn unapproved_due(&mut self, over_before: Timestamp) -> Result<Vec<InterviewId>> {
        let before = over_before.as_millisecond();
        let rows = sqlx::query_scalar!(
            r#"SELECT i.id AS "id!: Uuid" FROM interviews i
               WHERE i.state IN ('in_progress', 'ended')
                 AND max(coalesce(i.state_ms, i.started_ms),
                         coalesce((SELECT max(c.closed_ms) FROM calls c WHERE c.interview_id = i.id), 0)) < ?
                 AND NOT EXISTS (SELECT 1 FROM calls c
                                 WHERE c.interview_id = i.id AND c.closed_ms IS NULL)
                 AND NOT EXISTS (SELECT 1 FROM records r WHERE r.interview_id = i.id)
                 AND i.id NOT IN (SELECT interview_id FROM held_interviews)
                 AND NOT EXISTS (SELECT 1 FROM destroyed d
                                 WHERE d.interview_id = i.id AND d.what = 'talk')
               ORDER BY i.id"#,
            before
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        Ok(rows.into_iter().map(InterviewId::new).collect())
    }

    async fn forms_due(&mut self, over_before: Timestamp) -> Result<Vec<InterviewId>> {
        let before = over_before.as_millisecond();
        let rows = sqlx::query_scalar!(
            r#"SELECT i.id AS "id!: Uuid" FROM interviews i
               WHERE i.id NOT IN (SELECT interview_id FROM held_interviews)
                 AND EXISTS (SELECT 1 FROM forms f WHERE f.interview_id = i.id)
                 AND CASE WHEN i.state IN ('cancelled', 'no_show', 'declined') THEN i.state_ms < ?
                          WHEN i.state IN ('scheduled', 'waiting') THEN i.scheduled_ms < ?
                          ELSE 0 END
               ORDER BY i.id"#,
            before,
            before
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        Ok(rows.into_iter().map(InterviewId::new).collect())
    }

    async fn records_due(&mut self, before: Timestamp) -> Result<Vec<InterviewId>> {
        let before = before.as_millisecond();
        let rows = sqlx::query_scalar!(
            r#"SELECT i.id AS "id!: Uuid" FROM interviews i
               LEFT JOIN records r ON r.interview_id = i.id
               WHERE CASE WHEN r.id IS NOT NULL THEN r.at_ms
                          WHEN i.state IN ('cancelled', 'no_show', 'declined') THEN i.state_ms
                          WHEN i.state IN ('scheduled', 'waiting') THEN i.scheduled_ms
                          WHEN NOT EXISTS (SELECT 1 FROM calls c
                                           WHERE c.interview_id = i.id AND c.closed_ms IS NULL)
                          THEN max(coalesce(i.state_ms, i.started_ms),
                                   coalesce((SELECT max(c.closed_ms) FROM calls c
                                             WHERE c.interview_id = i.id), 0)) END < ?
                 AND i.id NOT IN (SELECT interview_id FROM held_interviews)
                 AND NOT EXISTS (SELECT 1 FROM destroyed d
                                 WHERE d.interview_id = i.id AND d.what = 'record')
               ORDER BY i.id"#,
            before
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        Ok(rows.into_iter().map(InterviewId::new).collect())
    }

    async fn residents_due(&mut self) -> Result<Vec<ResidentId>> {
        let rows = sqlx::query_scalar!(
            r#"SELECT p.id AS "id!: Uuid" FROM residents p
               WHERE p.identity <> zeroblob(32)
                 AND EXISTS (SELECT 1 FROM cases c JOIN interviews i ON i.case_id = c.id
                             WHERE c.resident_id = p.id)
                 AND NOT EXISTS (
                     SELECT 1 FROM cases c JOIN interviews i ON i.case_id = c.id
                     WHERE c.resident_id = p.id
                       AND NOT EXISTS (SELECT 1 FROM destroyed d
                                 WHERE d.interview_id = i.id AND d.what = 'record'))
               ORDER BY p.id"#
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        Ok(rows.into_iter().map(ResidentId::new).collect())
    }

    async fn holds(&mut self) -> Result<Vec<HoldRow>> {
        let rows = sqlx::query!(
            "SELECT id, interview_id, basis, set_ms FROM legal_holds
             WHERE lifted_ms IS NULL ORDER BY set_ms, id"
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            Ok(HoldRow {
                id: row.id,
                interview: row.interview_id.into(),
                basis: Sealed::from_bytes(row.basis),
                set_at: time(row.set_ms)?,
            })
        });
        read.collect()
    }
}

#[async_trait]
impl WriteRetention for SqliteTx {
    async fn insert_hold(&mut self, row: &HoldRow) -> Result<()> {
        let (id, interview) = (row.id, row.interview.uuid());
        let (basis, at) = (row.basis.as_bytes(), row.set_at.as_millisecond());
        sqlx::query!(
            "INSERT INTO legal_holds (id, interview_id, basis, set_ms) VALUES (?, ?, ?, ?)",
            id,
            interview,
            basis,
            at
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn lift_hold(&mut self, hold: Uuid, at: Timestamp) -> Result<()> {
        let at = at.as_millisecond();
        let done = sqlx::query!(
            "UPDATE legal_holds SET lifted_ms = ? WHERE id = ? AND lifted_ms IS NULL",
            at,
            hold
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        exactly_one(done.rows_affected())
    }

    async fn forget_resident(&mut self, resident: ResidentId) -> Result<()> {
        let id = resident.uuid();
        let done = sqlx::query!(
            "UPDATE residents SET identity = zeroblob(32) WHERE id = ?",
            id
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        exactly_one(done.rows_affected())
    }
}
