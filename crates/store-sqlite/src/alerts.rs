//! Alerts.

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::ids::{AlertId, FlagId, InterviewId, OfficeId, UserId};
use yorisoi_domain::risk::alert::{Alert, Opened, Why};
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{ReadAlerts, Result, StoreError, WriteAlerts};

use crate::codes::{code, parse, time};
use crate::error::{exactly_one, sql};
use crate::store::SqliteTx;

struct Row {
    id: Uuid,
    flag_id: Option<Uuid>,
    interview_id: Uuid,
    why: String,
    tried_by: Option<Uuid>,
    due_ms: i64,
    told_ms: Option<i64>,
    opened_ms: Option<i64>,
    opened_by: Option<Uuid>,
    step: i64,
}

impl Row {
    fn read(self) -> Result<Alert> {
        let opened = match (self.opened_ms, self.opened_by) {
            (Some(at), Some(by)) => Some(Opened {
                at: time(at)?,
                by: by.into(),
            }),
            _ => None,
        };
        Ok(Alert {
            id: self.id.into(),
            flag: self.flag_id.map(FlagId::new),
            interview: self.interview_id.into(),
            why: parse(&self.why, "alerts.why")?,
            tried_by: self.tried_by.map(UserId::new),
            due_at: time(self.due_ms)?,
            told_at: self.told_ms.map(time).transpose()?,
            opened,
            step: u32::try_from(self.step).map_err(|_| StoreError::Corrupt("alerts.step"))?,
        })
    }
}

#[async_trait]
impl ReadAlerts for SqliteTx {
    async fn alert(&mut self, id: AlertId) -> Result<Option<Alert>> {
        let id = id.uuid();
        let row = sqlx::query_as!(Row, "SELECT * FROM alerts WHERE id = ?", id)
            .fetch_optional(self.conn())
            .await
            .map_err(sql)?;
        row.map(Row::read).transpose()
    }

    async fn alerts_of(&mut self, interview: InterviewId) -> Result<Vec<Alert>> {
        let interview = interview.uuid();
        let rows = sqlx::query_as!(
            Row,
            "SELECT * FROM alerts WHERE interview_id = ? ORDER BY due_ms, id",
            interview
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        rows.into_iter().map(Row::read).collect()
    }

    async fn alerts_of_office(
        &mut self,
        office: OfficeId,
        opened_since: Timestamp,
    ) -> Result<Vec<Alert>> {
        let (office, since) = (office.uuid(), opened_since.as_millisecond());
        let rows = sqlx::query_as!(
            Row,
            "SELECT a.* FROM alerts a
             JOIN interviews i ON i.id = a.interview_id
             WHERE i.office_id = ? AND (a.opened_ms IS NULL OR a.opened_ms >= ?)
               AND NOT EXISTS (SELECT 1 FROM destroyed d
                               WHERE d.interview_id = a.interview_id AND d.what = 'record')
             ORDER BY a.due_ms, a.id",
            office,
            since
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        rows.into_iter().map(Row::read).collect()
    }

    async fn unopened_alerts(&mut self, due_by: Timestamp) -> Result<Vec<(OfficeId, Alert)>> {
        let due = due_by.as_millisecond();
        let rows = sqlx::query!(
            "SELECT a.id, a.flag_id, a.interview_id, a.why, a.tried_by, a.due_ms, a.told_ms, a.step, i.office_id
             FROM alerts a
             JOIN interviews i ON i.id = a.interview_id
             WHERE a.opened_ms IS NULL AND a.due_ms <= ?
               AND NOT EXISTS (SELECT 1 FROM destroyed d
                               WHERE d.interview_id = a.interview_id AND d.what = 'record')
             ORDER BY a.due_ms, a.id",
            due
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            let alert = Row {
                id: row.id,
                flag_id: row.flag_id,
                interview_id: row.interview_id,
                why: row.why,
                tried_by: row.tried_by,
                due_ms: row.due_ms,
                told_ms: row.told_ms,
                opened_ms: None,
                opened_by: None,
                step: row.step,
            };
            Ok((row.office_id.into(), alert.read()?))
        });
        read.collect()
    }
}

#[async_trait]
impl WriteAlerts for SqliteTx {
    async fn insert_alert(&mut self, alert: &Alert) -> Result<()> {
        let (id, flag) = (alert.id.uuid(), alert.flag.map(FlagId::uuid));
        let (interview, why) = (alert.interview.uuid(), code(alert.why));
        let tried_by = alert.tried_by.map(UserId::uuid);
        let due = alert.due_at.as_millisecond();
        let told = alert.told_at.map(Timestamp::as_millisecond);
        let opened = alert.opened.map(|it| it.at.as_millisecond());
        let by = alert.opened.map(|it| it.by.uuid());
        sqlx::query!(
            "INSERT INTO alerts
                (id, flag_id, interview_id, why, tried_by, due_ms, told_ms, opened_ms, opened_by, step)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            flag,
            interview,
            why,
            tried_by,
            due,
            told,
            opened,
            by,
            alert.step
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn save_alert(&mut self, alert: &Alert) -> Result<()> {
        let (id, due) = (alert.id.uuid(), alert.due_at.as_millisecond());
        let told = alert.told_at.map(Timestamp::as_millisecond);
        let opened = alert.opened.map(|it| it.at.as_millisecond());
        let by = alert.opened.map(|it| it.by.uuid());
        let done = sqlx::query!(
            "UPDATE alerts SET due_ms = ?, told_ms = ?, opened_ms = ?, opened_by = ?, step = ?
             WHERE id = ? AND opened_ms IS NULL",
            due,
            told,
            opened,
            by,
            alert.step,
            id
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        exactly_one(done.rows_affected())
    }

    async fn delete_untold_alerts(&mut self, flag: FlagId, why: Why) -> Result<()> {
        let (flag, why) = (flag.uuid(), code(why));
        sqlx::query!(
            "DELETE FROM alerts WHERE flag_id = ? AND why = ? AND told_ms IS NULL",
            flag,
            why
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }
}
