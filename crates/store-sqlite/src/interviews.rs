//! Interviews and how they were held.

use async_trait::async_trait;
use uuid::Uuid;
use yorisoi_domain::ids::{InterviewId, OfficeId, ResidentId, UserId};
use yorisoi_domain::interview::{By, Interview, MethodChange, Start, State};
use yorisoi_domain::time::Timestamp;
use yorisoi_store::{
    InterviewRow, ListedInterview, Lookup, ReadInterviews, Result, Revision, Sealed, StoreError,
    WriteInterviews,
};

use crate::codes::{bytes32, code, parse, revision, time};
use crate::error::{exactly_one, sql};
use crate::store::SqliteTx;

struct Row {
    id: Uuid,
    case_id: Uuid,
    office_id: Uuid,
    kind: String,
    method: String,
    scheduled_ms: i64,
    booked_ms: i64,
    booked_by: Uuid,
    booking_number: Vec<u8>,
    booking_lookup: Vec<u8>,
    state: String,
    started_ms: Option<i64>,
    started_by: Option<Uuid>,
    state_ms: Option<i64>,
    state_by_user: Option<Uuid>,
    state_by_participant: Option<Uuid>,
    revision: i64,
}

impl Row {
    fn read(self) -> Result<InterviewRow> {
        let state = self.state()?;
        Ok(InterviewRow {
            interview: Interview {
                id: self.id.into(),
                case: self.case_id.into(),
                office: self.office_id.into(),
                kind: parse(&self.kind, "interviews.kind")?,
                method: parse(&self.method, "interviews.method")?,
                scheduled_at: time(self.scheduled_ms)?,
                booked_by: self.booked_by.into(),
                booked_at: time(self.booked_ms)?,
                state,
            },
            booking_number: Sealed::from_bytes(self.booking_number),
            booking_lookup: Lookup::from_bytes(bytes32(&self.booking_lookup)?),
            revision: revision(self.revision)?,
        })
    }

    fn state(&self) -> Result<State> {
        const DAMAGED: StoreError = StoreError::Corrupt("interviews.state");
        let at = || self.state_ms.ok_or(DAMAGED).and_then(time);
        let start = || {
            let (at, nurse) = self.started_ms.zip(self.started_by).ok_or(DAMAGED)?;
            Ok(Start {
                at: time(at)?,
                nurse: nurse.into(),
            })
        };
        let by = match (self.state_by_user, self.state_by_participant) {
            (Some(user), _) => By::Staff(user.into()),
            (None, Some(participant)) => By::Participant(participant.into()),
            (None, None) => By::System,
        };
        match (self.state.as_str(), by) {
            ("scheduled", _) => Ok(State::Scheduled),
            ("waiting", _) => Ok(State::Waiting { since: at()? }),
            ("in_progress", _) => Ok(State::InProgress(start()?)),
            ("ended", by) => Ok(State::Ended {
                start: start()?,
                at: at()?,
                by,
            }),
            ("cancelled", by) => Ok(State::Cancelled { at: at()?, by }),
            ("no_show", By::Staff(by)) => Ok(State::NoShow { at: at()?, by }),
            ("declined", By::Participant(by)) => Ok(State::Declined { at: at()?, by }),
            _ => Err(DAMAGED),
        }
    }
}

/// The columns of a state: start, then when it was entered and by whose hand.
struct Evidence {
    started_ms: Option<i64>,
    started_by: Option<Uuid>,
    state_ms: Option<i64>,
    by_user: Option<Uuid>,
    by_participant: Option<Uuid>,
}

impl Evidence {
    fn of(state: &State) -> Self {
        let (start, at, by) = match *state {
            State::Scheduled => (None, None, By::System),
            State::Waiting { since } => (None, Some(since), By::System),
            State::InProgress(start) => (Some(start), None, By::System),
            State::Ended { start, at, by } => (Some(start), Some(at), by),
            State::Cancelled { at, by } => (None, Some(at), by),
            State::NoShow { at, by } => (None, Some(at), By::Staff(by)),
            State::Declined { at, by } => (None, Some(at), By::Participant(by)),
        };
        let (by_user, by_participant) = match by {
            By::Staff(user) => (Some(user.uuid()), None),
            By::Participant(participant) => (None, Some(participant.uuid())),
            By::System => (None, None),
        };
        Self {
            started_ms: start.map(|start| start.at.as_millisecond()),
            started_by: start.map(|start| start.nurse.uuid()),
            state_ms: at.map(Timestamp::as_millisecond),
            by_user,
            by_participant,
        }
    }
}

#[async_trait]
impl ReadInterviews for SqliteTx {
    async fn interview(&mut self, id: InterviewId) -> Result<Option<InterviewRow>> {
        let id = id.uuid();
        let row = sqlx::query_as!(
            Row,
            "SELECT id, case_id, office_id, kind, method, scheduled_ms, booked_ms, booked_by,
                    booking_number, booking_lookup, state, started_ms, started_by, state_ms,
                    state_by_user, state_by_participant, revision
             FROM interviews WHERE id = ?",
            id
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(Row::read).transpose()
    }

    async fn interview_by_booking(&mut self, lookup: Lookup) -> Result<Option<InterviewRow>> {
        let lookup = &lookup.as_bytes()[..];
        let row = sqlx::query_as!(
            Row,
            "SELECT id, case_id, office_id, kind, method, scheduled_ms, booked_ms, booked_by,
                    booking_number, booking_lookup, state, started_ms, started_by, state_ms,
                    state_by_user, state_by_participant, revision
             FROM interviews WHERE booking_lookup = ?",
            lookup
        )
        .fetch_optional(self.conn())
        .await
        .map_err(sql)?;
        row.map(Row::read).transpose()
    }

    async fn interviews_of_office(
        &mut self,
        office: OfficeId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<ListedInterview>> {
        let office = office.uuid();
        let (from, to) = (from.as_millisecond(), to.as_millisecond());
        let rows = sqlx::query!(
            "SELECT i.id, i.case_id, i.office_id, i.kind, i.method, i.scheduled_ms, i.booked_ms,
                    i.booked_by, i.booking_number, i.booking_lookup, i.state, i.started_ms,
                    i.started_by, i.state_ms, i.state_by_user, i.state_by_participant, i.revision,
                    c.resident_id
             FROM interviews i JOIN cases c ON c.id = i.case_id
             WHERE i.office_id = ? AND i.scheduled_ms >= ? AND i.scheduled_ms < ?
             ORDER BY i.scheduled_ms, i.id",
            office,
            from,
            to
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            let resident = ResidentId::new(row.resident_id);
            let row = Row {
                id: row.id,
                case_id: row.case_id,
                office_id: row.office_id,
                kind: row.kind,
                method: row.method,
                scheduled_ms: row.scheduled_ms,
                booked_ms: row.booked_ms,
                booked_by: row.booked_by,
                booking_number: row.booking_number,
                booking_lookup: row.booking_lookup,
                state: row.state,
                started_ms: row.started_ms,
                started_by: row.started_by,
                state_ms: row.state_ms,
                state_by_user: row.state_by_user,
                state_by_participant: row.state_by_participant,
                revision: row.revision,
            };
            Ok(ListedInterview {
                row: row.read()?,
                resident,
            })
        });
        read.collect()
    }

    async fn is_in_talk(&mut self, nurse: UserId) -> Result<bool> {
        let nurse = nurse.uuid();
        let found = sqlx::query_scalar!(
            "SELECT EXISTS (SELECT 1 FROM interviews i JOIN calls c ON c.interview_id = i.id
                            WHERE i.state = 'in_progress' AND i.started_by = ?
                              AND c.closed_ms IS NULL)",
            nurse
        )
        .fetch_one(self.conn())
        .await
        .map_err(sql)?;
        Ok(found != 0)
    }

    async fn method_changes(&mut self, interview: InterviewId) -> Result<Vec<MethodChange>> {
        let id = interview.uuid();
        let rows = sqlx::query!(
            "SELECT from_method, to_method, at_ms, by_user FROM method_changes
             WHERE interview_id = ? ORDER BY at_ms, rowid",
            id
        )
        .fetch_all(self.conn())
        .await
        .map_err(sql)?;
        let read = rows.into_iter().map(|row| {
            Ok(MethodChange {
                interview,
                from: parse(&row.from_method, "method_changes.from_method")?,
                to: parse(&row.to_method, "method_changes.to_method")?,
                at: time(row.at_ms)?,
                by: UserId::new(row.by_user),
            })
        });
        read.collect()
    }
}

#[async_trait]
impl WriteInterviews for SqliteTx {
    async fn insert_interview(&mut self, row: &InterviewRow) -> Result<()> {
        let interview = &row.interview;
        let (id, case, office) = (
            interview.id.uuid(),
            interview.case.uuid(),
            interview.office.uuid(),
        );
        let (kind, method) = (code(interview.kind), code(interview.method));
        let scheduled_ms = interview.scheduled_at.as_millisecond();
        let (booked_ms, booked_by) = (
            interview.booked_at.as_millisecond(),
            interview.booked_by.uuid(),
        );
        let (number, lookup) = (
            row.booking_number.as_bytes(),
            &row.booking_lookup.as_bytes()[..],
        );
        let (state, evidence) = (interview.state.name(), Evidence::of(&interview.state));
        let revision = row.revision.number();
        sqlx::query!(
            "INSERT INTO interviews (id, case_id, office_id, kind, method, scheduled_ms, booked_ms,
                 booked_by, booking_number, booking_lookup, state, started_ms, started_by, state_ms,
                 state_by_user, state_by_participant, revision)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            id,
            case,
            office,
            kind,
            method,
            scheduled_ms,
            booked_ms,
            booked_by,
            number,
            lookup,
            state,
            evidence.started_ms,
            evidence.started_by,
            evidence.state_ms,
            evidence.by_user,
            evidence.by_participant,
            revision
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }

    async fn save_interview(&mut self, interview: &Interview, from: Revision) -> Result<Revision> {
        let (id, method) = (interview.id.uuid(), code(interview.method));
        let (state, evidence) = (interview.state.name(), Evidence::of(&interview.state));
        let (before, after) = (from.number(), from.next().number());
        let done = sqlx::query!(
            "UPDATE interviews SET method = ?, state = ?, started_ms = ?, started_by = ?,
                 state_ms = ?, state_by_user = ?, state_by_participant = ?, revision = ?
             WHERE id = ? AND revision = ?",
            method,
            state,
            evidence.started_ms,
            evidence.started_by,
            evidence.state_ms,
            evidence.by_user,
            evidence.by_participant,
            after,
            id,
            before
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        exactly_one(done.rows_affected())?;
        Ok(from.next())
    }

    async fn insert_method_change(&mut self, change: &MethodChange) -> Result<()> {
        let (interview, by) = (change.interview.uuid(), change.by.uuid());
        let (from, to, at) = (
            code(change.from),
            code(change.to),
            change.at.as_millisecond(),
        );
        sqlx::query!(
            "INSERT INTO method_changes (interview_id, at_ms, from_method, to_method, by_user)
             VALUES (?, ?, ?, ?, ?)",
            interview,
            at,
            from,
            to,
            by
        )
        .execute(self.conn())
        .await
        .map_err(sql)?;
        Ok(())
    }
}
