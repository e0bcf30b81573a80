//! Calls and their tracks.

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::call::record::{CallRecord, Closed, SeatGap, Track, TrackReception};
use yorisoi_domain::ids::{CallId, InterviewId, ParticipantId, TrackId};
use yorisoi_domain::time::InterviewMs;
use yorisoi_store::{ReadCalls, Result, StoreError, WriteCalls};

use crate::codes::{code, parse, time};
use crate::error::{exactly_one, sql};
use crate::store::SqliteTx;

struct Row {
    id: Uuid,
    interview_id: Uuid,
    opened_ms: i64,
    closed_ms: Option<i64>,
    closed_why: Option<String>,
}

impl Row {
    fn read(self) -> Result<CallRecord> {
        let closed = match (self.closed_ms, &self.closed_why) {
            (Some(at), Some(why)) => Some(Closed {
                at: time(at)?,
                why: parse(why, "calls.closed_why")?,
            }),
            _ => None,
        };
        Ok(CallRecord {
            id: self.id.into(),
            interview: self.interview_id.into(),
            opened_at: time(self.opened_ms)?,
            closed,
        })
    }
}

#[async_trait]
impl ReadCalls for SqliteTx {
    async fn calls_of(&mut self, interview: InterviewId) -> Result<Vec<CallRecord>> {
        let interview = interview.uuid();
        let rows = sqlx::query_as!(
            Row,
            "SELECT * FROM calls WHERE interview_id = ? ORDER BY opened_ms, id",
            interview
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        rows.into_iter().map(Row::read).collect()
    }

    async fn open_calls(&mut self) -> Result<Vec<CallRecord>> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT * FROM calls WHERE closed_ms IS NULL ORDER BY opened_ms, id"
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        rows.into_iter().map(Row::read).collect()
    }

    async fn tracks_of(&mut self, call: CallId) -> Result<Vec<Track>> {
        let id = call.uuid();
        let rows = sqlx::query!(
            "SELECT id, participant_id, packets, missing, absent_ms, muted_ms
             FROM tracks WHERE call_id = ? ORDER BY id",
            id
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            let numbers = (row.packets, row.missing, row.absent_ms, row.muted_ms);
            let reception = match numbers {
                (Some(packets), Some(missing), Some(absent), Some(muted)) => Some(TrackReception {
                    packets: count(packets)?,
                    missing: count(missing)?,
                    absent_ms: count(absent)?,
                    muted_ms: count(muted)?,
                }),
                _ => None,
            };
            Ok(Track {
                id: row.id.into(),
                call,
                participant: row.participant_id.into(),
                reception,
            })
        });
        read.collect()
    }

    async fn call_of(&mut self, track: TrackId) -> Result<Option<CallRecord>> {
        let track = track.uuid();
        let row = sqlx::query_as!(
            Row,
            r#"SELECT c.id AS "id!: Uuid", c.interview_id, c.opened_ms, c.closed_ms, c.closed_why
               FROM calls c JOIN tracks t ON t.call_id = c.id WHERE t.id = ?"#,
            track
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(Row::read).transpose()
    }

    async fn seat_gaps_of(&mut self, call: CallId) -> Result<Vec<(ParticipantId, SeatGap)>> {
        let id = call.uuid();
        let rows = sqlx::query!(
            r#"SELECT participant_id AS "participant_id!: Uuid", from_ms, to_ms, reason
               FROM seat_gaps WHERE call_id = ? ORDER BY participant_id, number"#,
            id
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            let gap = SeatGap {
                from: InterviewMs(row.from_ms),
                to: row.to_ms.map(InterviewMs),
                reason: parse(&row.reason, "seat_gaps.reason")?,
            };
            Ok((row.participant_id.into(), gap))
        });
        read.collect()
    }
}

#[async_trait]
impl WriteCalls for SqliteTx {
    async fn insert_call(&mut self, call: &CallRecord) -> Result<()> {
        let (id, interview) = (call.id.uuid(), call.interview.uuid());
        let opened = call.opened_at.as_millisecond();
        let closed = call.closed.map(|closed| closed.at.as_millisecond());
        let why = call.closed.map(|closed| code(closed.why));
        sqlx::query!(
            "INSERT INTO calls (id, interview_id, opened_ms, closed_ms, closed_why)
             VALUES (?, ?, ?, ?, ?)",
            id,
            interview,
            opened,
            closed,
            why
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn close_call(&mut self, id: CallId, closed: Closed) -> Result<()> {
        let (id, at, why) = (id.uuid(), closed.at.as_millisecond(), code(closed.why));
        let done = sqlx::query!(
            "UPDATE calls SET closed_ms = ?, closed_why = ? WHERE id = ? AND closed_ms IS NULL",
            at,
            why,
            id
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        exactly_one(done.rows_affected())?;
        sqlx::query!("DELETE FROM seat_gaps WHERE call_id = ?", id)
            .execute(self.conn())
            .await
            .map_err(sql)?;
        Ok(())
    }

    async fn insert_track(&mut self, track: &Track) -> Result<()> {
        let (id, call) = (track.id.uuid(), track.call.uuid());
        let participant = track.participant.uuid();
        sqlx::query!(
            "INSERT INTO tracks (id, call_id, participant_id) VALUES (?, ?, ?)",
            id,
            call,
            participant
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        match track.reception {
            Some(reception) => self.settle_track(track.id, reception).await,
            None => Ok(()),
        }
    }

    async fn settle_track(&mut self, id: TrackId, reception: TrackReception) -> Result<()> {
        let id = id.uuid();
        let (packets, missing) = (stored(reception.packets), stored(reception.missing));
        let (absent, muted) = (stored(reception.absent_ms), stored(reception.muted_ms));
        let done = sqlx::query!(
            "UPDATE tracks SET packets = ?, missing = ?, absent_ms = ?, muted_ms = ?
             WHERE id = ? AND packets IS NULL",
            packets,
            missing,
            absent,
            muted,
            id
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        exactly_one(done.rows_affected())
    }

    async fn save_seat_gap(
        &mut self,
        call: CallId,
        of: ParticipantId,
        number: u32,
        gap: SeatGap,
    ) -> Result<()> {
        let (call, of, reason) = (call.uuid(), of.uuid(), code(gap.reason));
        let (from, to) = (gap.from.0, gap.to.map(|to| to.0));
        sqlx::query!(
            "INSERT INTO seat_gaps (call_id, participant_id, number, reason, from_ms, to_ms)
             VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (call_id, participant_id, number)
             DO UPDATE SET from_ms = excluded.from_ms, to_ms = excluded.to_ms",
            call,
            of,
            number,
            reason,
            from,
            to
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }
}

fn count(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|_| StoreError::Corrupt("tracks"))
}

fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
