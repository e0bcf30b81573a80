//! Calls for a colleague.

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::help::{HelpCall, State};
use yorisoi_domain::ids::{HelpCallId, InterviewId, OfficeId, UserId};
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{ReadHelpCalls, Result, StoreError, WriteHelpCalls};

use crate::codes::{number, time};
use crate::error::{exactly_one, sql};
use crate::store::SqliteTx;

struct Row {
    id: Uuid,
    interview_id: Uuid,
    called_by: Uuid,
    called_ms: i64,
    told_ms: i64,
    step: i64,
    state: String,
    closed_ms: Option<i64>,
    closed_by: Option<Uuid>,
}

impl Row {
    fn read(self) -> Result<HelpCall> {
        let closed_at = self.closed_ms.map(time).transpose()?;
        let state = match (self.state.as_str(), closed_at, self.closed_by) {
            ("open", None, None) => State::Open,
            ("taken", Some(at), Some(by)) => State::Taken { at, by: by.into() },
            ("taken_back", Some(at), None) => State::TakenBack { at },
            _ => return Err(StoreError::Corrupt("help_calls.state")),
        };
        Ok(HelpCall {
            id: self.id.into(),
            interview: self.interview_id.into(),
            by: self.called_by.into(),
            at: time(self.called_ms)?,
            told_at: time(self.told_ms)?,
            step: number(self.step, "help_calls.step")?,
            state,
        })
    }
}

/// The columns of a state.
fn columns(state: State) -> (&'static str, Option<i64>, Option<Uuid>) {
    match state {
        State::Open => ("open", None, None),
        State::Taken { at, by } => ("taken", Some(at.as_millisecond()), Some(UserId::uuid(by))),
        State::TakenBack { at } => ("taken_back", Some(at.as_millisecond()), None),
    }
}

#[async_trait]
impl ReadHelpCalls for SqliteTx {
    async fn help_call(&mut self, id: HelpCallId) -> Result<Option<HelpCall>> {
        let id = id.uuid();
        let row = sqlx::query_as!(Row, "SELECT * FROM help_calls WHERE id = ?", id)
            .fetch_optional(self.conn())
            .await
            .map_err(sql)?;
        row.map(Row::read).transpose()
    }

    async fn open_help_call(&mut self, interview: InterviewId) -> Result<Option<HelpCall>> {
        let interview = interview.uuid();
        let row = sqlx::query_as!(
            Row,
            "SELECT * FROM help_calls WHERE interview_id = ? AND state = 'open'",
            interview
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(Row::read).transpose()
    }

    async fn standing_help_calls(
        &mut self,
        taken_since: Timestamp,
    ) -> Result<Vec<(OfficeId, HelpCall)>> {
        let since = taken_since.as_millisecond();
        let rows = sqlx::query!(
            "SELECT h.id, h.interview_id, h.called_by, h.called_ms, h.told_ms, h.step, h.state,
                    h.closed_ms, h.closed_by, i.office_id
             FROM help_calls h
             JOIN interviews i ON i.id = h.interview_id
             WHERE (h.state = 'open' OR (h.state = 'taken' AND h.closed_ms >= ?))
               AND NOT EXISTS (SELECT 1 FROM destroyed d
                               WHERE d.interview_id = h.interview_id AND d.what = 'record')
             ORDER BY h.called_ms, h.id",
            since
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            let call = Row {
                id: row.id,
                interview_id: row.interview_id,
                called_by: row.called_by,
                called_ms: row.called_ms,
                told_ms: row.told_ms,
                step: row.step,
                state: row.state,
                closed_ms: row.closed_ms,
                closed_by: row.closed_by,
            };
            Ok((row.office_id.into(), call.read()?))
        });
        read.collect()
    }
}

#[async_trait]
impl WriteHelpCalls for SqliteTx {
    async fn insert_help_call(&mut self, call: &HelpCall) -> Result<()> {
        let (id, interview, by) = (call.id.uuid(), call.interview.uuid(), call.by.uuid());
        let (at, told) = (call.at.as_millisecond(), call.told_at.as_millisecond());
        let (state, closed, closed_by) = columns(call.state);
        sqlx::query!(
            "INSERT INTO help_calls
                (id, interview_id, called_by, called_ms, told_ms, step, state, closed_ms, closed_by)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            interview,
            by,
            at,
            told,
            call.step,
            state,
            closed,
            closed_by
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn save_help_call(&mut self, call: &HelpCall) -> Result<()> {
        let (id, told) = (call.id.uuid(), call.told_at.as_millisecond());
        let (state, closed, closed_by) = columns(call.state);
        let done = sqlx::query!(
            "UPDATE help_calls SET told_ms = ?, step = ?, state = ?, closed_ms = ?, closed_by = ?
             WHERE id = ? AND state = 'open'",
            told,
            call.step,
            state,
            closed,
            closed_by,
            id
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        exactly_one(done.rows_affected())
    }
}
