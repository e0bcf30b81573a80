//! The audit's rows.

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::audit::{Anchor, ChainedEvent, Head, LoggedEvent};
use yorisoi_domain::ids::{InterviewId, UserId};
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{Actions, AuditFilter, ReadAudit, Result, StoreError, WriteAudit};

use crate::codes::bytes32;
use crate::error::{exactly_one, sql};
use crate::store::SqliteTx;

struct Row {
    seq: i64,
    at_ms: i64,
    actor_kind: String,
    actor_id: Option<Uuid>,
    actor_role: String,
    action: String,
    office_id: Option<Uuid>,
    interview_id: Option<Uuid>,
    subject_kind: String,
    subject_id: Option<Uuid>,
    event_count: i64,
    link: Vec<u8>,
}

impl Row {
    fn read(self) -> Result<ChainedEvent> {
        Ok(ChainedEvent {
            event: LoggedEvent {
                seq: u64::try_from(self.seq)
                    .map_err(|_| StoreError::Corrupt("audit_events.seq"))?,
                at_ms: self.at_ms,
                actor_kind: self.actor_kind,
                actor_id: self.actor_id,
                actor_role: self.actor_role,
                action: self.action,
                office_id: self.office_id,
                interview_id: self.interview_id,
                subject_kind: self.subject_kind,
                subject_id: self.subject_id,
                count: u32::try_from(self.event_count)
                    .map_err(|_| StoreError::Corrupt("audit_events.event_count"))?,
            },
            link: bytes32(&self.link)?,
        })
    }
}

/// Numbers beyond SQLite's are no numbers of ours.
fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

#[async_trait]
impl ReadAudit for SqliteTx {
    async fn audit_head(&mut self) -> Result<Head> {
        let row = sqlx::query!("SELECT seq, link FROM audit_events ORDER BY seq DESC LIMIT 1")
            .fetch_optional(self.conn())
            .await
            .map_err(sql)?;
        let Some(row) = row else {
            return Ok(Head::EMPTY);
        };
        let seq = u64::try_from(row.seq).map_err(|_| StoreError::Corrupt("audit_events.seq"))?;
        Ok(Head {
            seq,
            link: bytes32(&row.link)?,
        })
    }

    async fn audit_anchor(&mut self) -> Result<Option<Anchor>> {
        let row =
            sqlx::query!("SELECT seq, link, seal FROM audit_anchors ORDER BY seq DESC LIMIT 1")
                .fetch_optional(self.conn())
                .await
                .map_err(sql)?;
        let Some(row) = row else {
            return Ok(None);
        };
        let seq = u64::try_from(row.seq).map_err(|_| StoreError::Corrupt("audit_anchors.seq"))?;
        let link = bytes32(&row.link)?;
        Ok(Some(Anchor {
            head: Head { seq, link },
            seal: bytes32(&row.seal)?,
        }))
    }

    async fn audit_stays_from(&mut self, old: Timestamp, gone: Timestamp) -> Result<Option<u64>> {
        let (old, gone) = (old.as_millisecond(), gone.as_millisecond());
        let seq = sqlx::query_scalar!(
            "SELECT a.seq FROM audit_events a
             WHERE a.at_ms >= ?
                OR (EXISTS (SELECT 1 FROM interviews i WHERE i.id = a.interview_id)
                    AND NOT EXISTS (SELECT 1 FROM destroyed d
                                    WHERE d.interview_id = a.interview_id AND d.what = 'record'
                                      AND d.at_ms < ?))
             ORDER BY a.seq LIMIT 1",
            old,
            gone
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        let number = seq.map(u64::try_from).transpose();
        number.map_err(|_| StoreError::Corrupt("audit_events.seq"))
    }

    async fn audit_events(&mut self, after: u64, limit: u32) -> Result<Vec<ChainedEvent>> {
        let after = number(after);
        let rows = sqlx::query_as!(
            Row,
            "SELECT * FROM audit_events WHERE seq > ? ORDER BY seq LIMIT ?",
            after,
            limit
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        rows.into_iter().map(Row::read).collect()
    }

    async fn audit_page(
        &mut self,
        filter: &AuditFilter,
        before: u64,
        limit: u32,
    ) -> Result<Vec<ChainedEvent>> {
        let before = number(before);
        let user = filter.user.map(UserId::uuid);
        let codes = match &filter.actions {
            // Codes hold no comma.
            Some(Actions::Of(codes)) => Some(format!(",{},", codes.join(","))),
            Some(Actions::Refused) | None => None,
        };
        // As SQLite writes them, one after the other.
        let hidden = filter.hidden.iter();
        let hidden = hidden.map(|id| format!("{:X},", id.simple()));
        let hidden: Option<String> = (!filter.hidden.is_empty()).then(|| hidden.collect());
        let refused = filter.actions == Some(Actions::Refused);
        let from = filter.from.map_or(i64::MIN, Timestamp::as_millisecond);
        let until = filter.until.map_or(i64::MAX, Timestamp::as_millisecond);
        // Two statements, so that one interview's events are found by their index: two years later
        // they are few among very many.
        let rows = match filter.interview.map(InterviewId::uuid) {
            Some(interview) => {
                sqlx::query_as!(
                    Row,
                    "SELECT * FROM audit_events
                     WHERE interview_id = ?8 AND seq < ?1
                         AND (?2 IS NULL OR (actor_id = ?2 AND actor_kind = 'staff')
                             OR (subject_id = ?2 AND subject_kind = 'user'))
                         AND (?3 IS NULL OR instr(?3, ',' || action || ',') > 0)
                         AND (NOT ?4 OR action GLOB 'denied:*')
                         AND at_ms >= ?5 AND at_ms < ?6
                         AND (?9 IS NULL OR instr(?9, hex(interview_id)) = 0)
                     ORDER BY seq DESC LIMIT ?7",
                    before,
                    user,
                    codes,
                    refused,
                    from,
                    until,
                    limit,
                    interview,
                    hidden
                )
                .fetch_all(self.conn())
                .await
            }
            None => {
                sqlx::query_as!(
                    Row,
                    "SELECT * FROM audit_events
                     WHERE seq < ?1
                         AND (?2 IS NULL OR (actor_id = ?2 AND actor_kind = 'staff')
                             OR (subject_id = ?2 AND subject_kind = 'user'))
                         AND (?3 IS NULL OR instr(?3, ',' || action || ',') > 0)
                         AND (NOT ?4 OR action GLOB 'denied:*')
                         AND at_ms >= ?5 AND at_ms < ?6
                         AND (?8 IS NULL OR (
                             (interview_id IS NULL OR instr(?8, hex(interview_id)) = 0)
                             AND (subject_id IS NULL OR instr(?8, hex(subject_id)) = 0)))
                     ORDER BY seq DESC LIMIT ?7",
                    before,
                    user,
                    codes,
                    refused,
                    from,
                    until,
                    limit,
                    hidden
                )
                .fetch_all(self.conn())
                .await
            }
        };
        let rows = rows.map_err(sql)?;
        rows.into_iter().map(Row::read).collect()
    }
}

#[async_trait]
impl WriteAudit for SqliteTx {
    async fn append_audit(&mut self, chained: &ChainedEvent) -> Result<()> {
        let (event, link) = (&chained.event, &chained.link[..]);
        let seq = number(event.seq);
        let done = sqlx::query!(
            "INSERT INTO audit_events (seq, at_ms, actor_kind, actor_id, actor_role, action,
                 office_id, interview_id, subject_kind, subject_id, event_count, link)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12
             WHERE ?1 = (SELECT coalesce(max(seq), 0) + 1 FROM audit_events)",
            seq,
            event.at_ms,
            event.actor_kind,
            event.actor_id,
            event.actor_role,
            event.action,
            event.office_id,
            event.interview_id,
            event.subject_kind,
            event.subject_id,
            event.count,
            link
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        exactly_one(done.rows_affected())
    }

    async fn remove_audit(&mut self, anchor: &Anchor) -> Result<u64> {
        let seq = number(anchor.head.seq);
        let (link, seal) = (&anchor.head.link[..], &anchor.seal[..]);
        sqlx::query!(
            "INSERT INTO audit_anchors (seq, link, seal) VALUES (?, ?, ?)",
            seq,
            link,
            seal
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        let done = sqlx::query!("DELETE FROM audit_events WHERE seq <= ?", seq)
            .execute(self.conn())
            .await
            .map_err(sql)?;
        Ok(done.rows_affected())
    }
}
