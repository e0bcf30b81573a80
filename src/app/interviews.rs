//! What is known of interviews: the list of a day, and one of them. Each reading is audited.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor, Subject};
use yorisoi_domain::audit::{AuditAction, AuditEvent};
use yorisoi_domain::ids::{InterviewId, OfficeId};
use yorisoi_domain::interview::{Interview, Kind, Method, State};
use yorisoi_domain::participant::State as Seat;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::time::{GestationalAge, Timestamp, age_on};
use yorisoi_store::Tx;

use super::booking::staff;
use super::input::Form;
use super::note_view::NoteState;
use super::{App, AppError, Result};

/// An office's day.
#[derive(Debug, Serialize, ToSchema)]
pub struct InterviewDay {
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    pub interviews: Vec<InterviewLine>,
}

/// A line of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct InterviewLine {
    pub id: Uuid,
    pub scheduled_at: Timestamp,
    #[schema(value_type = String)]
    pub name: Pii<String>,
    pub kind: Kind,
    pub method: Method,
    pub state: InterviewState,
    /// 「連絡の制限あり」
    pub contact_restricted: bool,
    /// Who knocks, longest first.
    pub waiting: Vec<WaitingLine>,
    /// How far the note is; `null` before the talk.
    pub note: Option<NoteState>,
    /// She may answer the questionnaire on her phone before the talk, and has not.
    pub questionnaire_open: bool,
}

/// Somebody before the door.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingLine {
    pub participant: Uuid,
    pub since: Timestamp,
    pub device_checked: bool,
    /// How many of the choices that are asked have an answer.
    pub consents: usize,
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InterviewState {
    Scheduled,
    Waiting,
    InProgress,
    Ended,
    Cancelled,
    NoShow,
    Declined,
}

impl From<&State> for InterviewState {
    fn from(state: &State) -> Self {
        match state {
            State::Scheduled => Self::Scheduled,
            State::Waiting { .. } => Self::Waiting,
            State::InProgress(_) => Self::InProgress,
            State::Ended { .. } => Self::Ended,
            State::Cancelled { .. } => Self::Cancelled,
            State::NoShow { .. } => Self::NoShow,
            State::Declined { .. } => Self::Declined,
        }
    }
}

/// One interview.
#[derive(Debug, Serialize, ToSchema)]
pub struct InterviewDetail {
    pub id: Uuid,
    pub office: Uuid,
    pub scheduled_at: Timestamp,
    pub kind: Kind,
    pub method: Method,
    pub state: InterviewState,
    #[schema(value_type = String)]
    pub name: Pii<String>,
    #[schema(value_type = String)]
    pub kana: Pii<String>,
    #[schema(value_type = String, format = Date)]
    pub birth_date: Pii<Date>,
    /// In years, on the day of the interview.
    pub age: Option<u16>,
    /// On the day of the interview.
    #[schema(value_type = Option<WeeksOfPregnancy>)]
    pub weeks: Option<GestationalAge>,
    #[schema(value_type = Option<String>, format = Date)]
    pub due_date: Option<Pii<Date>>,
    #[schema(value_type = String)]
    pub booking_number: Pii<String>,
    #[schema(value_type = Option<String>)]
    pub contact_restriction: Option<Pii<String>>,
}

/// 14週2日
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "names the fields of GestationalAge for the description"
)]
pub struct WeeksOfPregnancy {
    weeks: u8,
    days: u8,
}

impl App {
    /// # Errors
    /// Not allowed; no such day.
    pub async fn list_interviews(
        &self,
        actor: &Actor,
        office: OfficeId,
        day: Option<&str>,
    ) -> Result<InterviewDay> {
        let tx = self.store.begin().await?;
        let subject = Subject::Office(office);
        let (mut tx, by) = self
            .authorize(tx, actor, Action::ListInterviews, &subject)
            .await?;
        let user = staff(actor)?;
        let mut form = Form::default();
        let day = match day {
            Some(typed) => form.day("day", typed, Date::MIN, Date::MAX),
            None => self.today(),
        };
        form.done()?;
        let start = |day: Date| {
            day.to_zoned(self.settings.zone.clone())
                .map(|at| at.timestamp())
        };
        let bounds = start(day).and_then(|from| Ok((from, start(day.tomorrow()?)?)));
        // Only at the two ends of the calendar has a day no begin or no end.
        let (from, to) = bounds.unwrap_or((Timestamp::MIN, Timestamp::MIN));

        let mut interviews = Vec::new();
        for listed in tx.interviews_of_office(office, from, to).await? {
            let interview = listed.row.interview;
            let case = tx.case(interview.case).await?.ok_or(AppError::NotFound)?;
            let case = match self.opened_case(&case).await {
                // Her last record's time was over.
                Err(error) if error.is_of_the_past() => continue,
                case => case?,
            };
            if case.private.barred.contains(&user) {
                continue;
            }
            let resident = tx
                .resident(listed.resident)
                .await?
                .ok_or(AppError::NotFound)?;
            let waiting = self.waiting(&mut *tx, &interview).await?;
            let note = tx.note_of(interview.id).await?;
            let before = matches!(interview.state, State::Scheduled | State::Waiting { .. });
            let offered = before && interview.method == Method::Online;
            interviews.push(InterviewLine {
                id: interview.id.uuid(),
                scheduled_at: interview.scheduled_at,
                name: self.opened_resident(&resident).await?.name,
                kind: interview.kind,
                method: interview.method,
                state: (&interview.state).into(),
                contact_restricted: case.private.contact_restriction.is_some(),
                waiting,
                note: note.map(|row| (&row.note.state).into()),
                questionnaire_open: offered
                    && !self.has_questionnaire(&mut *tx, interview.id).await?,
            });
        }
        let event = AuditEvent {
            office: Some(office),
            count: u32::try_from(interviews.len()).unwrap_or(u32::MAX),
            ..self.event(by, AuditAction::InterviewsListed)
        };
        self.note_look(&mut *tx, &event, Some(day)).await?;
        self.commit(tx).await?;
        Ok(InterviewDay { day, interviews })
    }

    async fn waiting(&self, tx: &mut dyn Tx, interview: &Interview) -> Result<Vec<WaitingLine>> {
        let mut waiting = Vec::new();
        if interview.state.is_final() {
            return Ok(waiting);
        }
        for row in tx.participants_of(interview.id).await? {
            if let Seat::Knocking { since, .. } = row.participant.state {
                let entries = tx.consents(row.participant.id).await?;
                waiting.push(WaitingLine {
                    participant: row.participant.id.uuid(),
                    since,
                    device_checked: row.device.is_some(),
                    consents: super::consent::asked_and_answered(&entries),
                });
            }
        }
        waiting.sort_by_key(|line| line.since);
        Ok(waiting)
    }

    /// # Errors
    /// Not allowed; no such interview.
    pub async fn read_interview(&self, actor: &Actor, id: InterviewId) -> Result<InterviewDetail> {
        let (mut tx, by, it) = self
            .open_interview(actor, Action::ReadInterview, id)
            .await?;
        let resident = tx
            .resident(it.case.resident)
            .await?
            .ok_or(AppError::NotFound)?;
        let resident = self.opened_resident(&resident).await?;
        let interview = &it.row.interview;
        let on = interview
            .scheduled_at
            .to_zoned(self.settings.zone.clone())
            .date();
        let private = &it.case.private;
        let detail = InterviewDetail {
            id: id.uuid(),
            office: interview.office.uuid(),
            scheduled_at: interview.scheduled_at,
            kind: interview.kind,
            method: interview.method,
            state: (&interview.state).into(),
            age: age_on(on, *resident.birth_date.expose()),
            name: resident.name,
            kana: resident.kana,
            birth_date: resident.birth_date,
            weeks: private
                .due_date
                .as_ref()
                .and_then(|due| GestationalAge::on(on, *due.expose())),
            due_date: private.due_date.clone(),
            booking_number: self.opened_booking_number(&it.row).await?,
            contact_restriction: private
                .contact_restriction
                .as_ref()
                .map(|it| it.text.clone()),
        };
        self.note(&mut *tx, by, AuditAction::InterviewRead, &it.row, None)
            .await?;
        self.commit(tx).await?;
        Ok(detail)
    }
}
