//! Booking an interview, its link, and cancelling. Link and booking number are made here, shown
//! once to whoever booked, and never stand in one message.

use std::time::Duration;

use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yorisoi_domain::access::{Action, Actor, Subject};
use yorisoi_domain::audit::{AuditAction, AuditActor, AuditSubject};
use yorisoi_domain::case::{Case, CasePrivate};
use yorisoi_domain::identity::{BOOKING_LENGTH, booking_number};
use yorisoi_domain::ids::{CaseId, InterviewId, InvitationId, OfficeId, ResidentId, UserId};
use yorisoi_domain::interview::{By, Interview, Kind, Method, State};
use yorisoi_domain::invitation::{Invitation, InvitationState};
use yorisoi_domain::participant::LeftHow;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::resident::Resident;
use yorisoi_domain::time::{GestationalAge, Timestamp};
use yorisoi_domain::transition::InvalidTransition;
use yorisoi_store::{InterviewRow, KeyKind, Revision, Tx};

use super::bounds::unproven;
use super::input::{FieldCode, FieldProblem, Form, NAME};
use super::{App, AppError, Loaded, Result};
use crate::auth::secret::Secret;
use crate::crypto::rows;

/// A link works this long after the booked time, or after it was made if that is later.
const LINK_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// A new interview of a person who is new here.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Booking {
    pub office: Uuid,
    #[schema(value_type = String, example = "白石 ひなた")]
    pub name: Pii<String>,
    #[schema(value_type = String, example = "シライシ ヒナタ")]
    pub kana: Pii<String>,
    #[schema(value_type = String, format = Date, example = "1998-05-12")]
    pub birth_date: Pii<String>,
    /// Either this, or how far she is on the day of the interview, or nothing.
    #[schema(value_type = Option<String>, format = Date)]
    pub due_date: Option<Pii<String>>,
    pub weeks: Option<Weeks>,
    pub kind: Kind,
    pub method: Method,
    pub scheduled_at: Timestamp,
    /// Refuses it where she has an interview at that time already: a table may be sent twice, by two
    /// nurses, or again after an answer that did not arrive.
    #[serde(default)]
    #[schema(required = false)]
    pub once: bool,
}

/// 14週2日
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Weeks {
    pub weeks: u8,
    /// 0 to 6.
    pub days: u8,
}

/// What is shown once. The number goes out apart from the link.
#[derive(Debug, Serialize, ToSchema)]
pub struct Booked {
    pub id: Uuid,
    #[schema(value_type = String, example = "K7R-4M2")]
    pub booking_number: Pii<String>,
    #[serde(flatten)]
    pub link: NewLink,
}

/// A link for the resident; the secret stands in its fragment.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewLink {
    #[schema(value_type = String)]
    pub link: Pii<String>,
    pub expires_at: Timestamp,
}

/// What a booking says, once every field of it can be taken.
pub(super) struct Checked {
    name: Pii<String>,
    pub(super) kana: Pii<String>,
    pub(super) birth_date: Date,
    due_date: Option<Date>,
}

impl App {
    /// # Errors
    /// Not allowed; fields that can't be taken.
    pub async fn book_interview(&self, actor: &Actor, booking: Booking) -> Result<Booked> {
        let office = OfficeId::new(booking.office);
        let subject = Subject::Office(office);
        let tx = self.store.begin().await?;
        let (mut tx, by) = self
            .authorize(tx, actor, Action::BookInterview, &subject)
            .await?;
        let booked_by = staff(actor)?;
        let checked = self.check(&booking)?;
        if booking.once {
            let born = checked.birth_date.into();
            let (identity, at) = (
                self.lookups.identity(&checked.kana, &born),
                booking.scheduled_at,
            );
            if self
                .has_interview(&mut *tx, booked_by, office, identity, at)
                .await?
            {
                let (field, code) = ("scheduled_at", FieldCode::AlreadyBooked);
                return Err(AppError::Invalid(vec![FieldProblem { field, code }]));
            }
        }

        let now = self.now();
        let resident = Resident {
            id: ResidentId::new(self.ids.id()),
            name: checked.name,
            kana: checked.kana,
            birth_date: checked.birth_date.into(),
        };
        let case = Case {
            id: CaseId::new(self.ids.id()),
            resident: resident.id,
            office,
            opened_at: now,
            private: CasePrivate {
                due_date: checked.due_date.map(Pii::new),
                ..self.handling(&mut *tx, &resident).await?
            },
        };
        let interview = Interview {
            id: InterviewId::new(self.ids.id()),
            case: case.id,
            office,
            kind: booking.kind,
            method: booking.method,
            scheduled_at: booking.scheduled_at,
            booked_by,
            booked_at: now,
            state: State::Scheduled,
        };
        let person = self.new_key(KeyKind::Person, resident.id.uuid()).await?;
        let record = self.new_key(KeyKind::Record, interview.id.uuid()).await?;
        let number = self.new_booking_number(&mut *tx).await?;

        let first = Revision::FIRST;
        let row = rows::seal_resident(&person, &self.lookups, &resident, now, first)?;
        tx.insert_resident(&row).await?;
        tx.insert_case(&rows::seal_case(&person, &case, first)?)
            .await?;
        let row = InterviewRow {
            booking_number: rows::seal_booking_number(&record, interview.id, &number)?,
            booking_lookup: self.lookups.booking(&number),
            revision: first,
            interview,
        };
        tx.insert_interview(&row).await?;
        let about = Some(AuditSubject::Case(case.id));
        self.note(&mut *tx, by, AuditAction::InterviewBooked, &row, about)
            .await?;
        let (invitation, link) = self.new_link(&row.interview, booked_by);
        tx.insert_invitation(&invitation).await?;
        let about = Some(AuditSubject::Invitation(invitation.id));
        self.note(&mut *tx, by, AuditAction::InvitationMade, &row, about)
            .await?;
        let id = row.interview.id.uuid();
        self.commit(tx).await?;
        Ok(Booked {
            id,
            booking_number: number,
            link,
        })
    }

    /// A new link in the place of the one before.
    ///
    /// # Errors
    /// Not allowed; no such interview; it is over.
    pub async fn renew_invitation(&self, actor: &Actor, id: InterviewId) -> Result<NewLink> {
        let (mut tx, by, it) = self
            .open_interview(actor, Action::RenewInvitation, id)
            .await?;
        let link = self.renew_link(&mut *tx, actor, by, &it).await?;
        self.commit(tx).await?;
        Ok(link)
    }

    /// Revokes the interview's open link, with the seats that only it gave, and makes the next one.
    pub(super) async fn renew_link(
        &self,
        tx: &mut dyn Tx,
        actor: &Actor,
        by: AuditActor,
        it: &Loaded,
    ) -> Result<NewLink> {
        let interview = &it.row.interview;
        if interview.state.is_final() {
            let from = interview.state.name();
            return Err(InvalidTransition {
                record: "interview",
                from,
                to: "invited",
            }
            .into());
        }
        let (user, now) = (staff(actor)?, self.now());
        for old in tx.invitations_of(interview.id).await? {
            if let InvitationState::Open { .. } = old.state {
                let old = old.revoke(user, now)?;
                tx.save_invitation(&old).await?;
                let about = Some(AuditSubject::Invitation(old.id));
                self.note(tx, by, AuditAction::InvitationRevoked, &it.row, about)
                    .await?;
            }
        }
        // Whoever has proven who they are stays; the rest of the old link goes with it.
        let rows = tx.participants_of(interview.id).await?;
        self.end_seats(tx, rows.into_iter().filter(unproven), &it.row)
            .await?;
        let (invitation, link) = self.new_link(interview, user);
        tx.insert_invitation(&invitation).await?;
        let about = Some(AuditSubject::Invitation(invitation.id));
        self.note(tx, by, AuditAction::InvitationMade, &it.row, about)
            .await?;
        Ok(link)
    }

    /// # Errors
    /// Not allowed; no such interview; it has begun or is over.
    pub async fn cancel_interview(&self, actor: &Actor, id: InterviewId) -> Result<()> {
        let (mut tx, by, it) = self
            .open_interview(actor, Action::CancelInterview, id)
            .await?;
        let revision = it.row.revision;
        let cancelled = it
            .row
            .interview
            .clone()
            .cancel(By::Staff(staff(actor)?), self.now())?;
        tx.save_interview(&cancelled, revision).await?;
        for row in tx.participants_of(id).await? {
            if !row.participant.state.is_final() {
                let gone = row.participant.leave(LeftHow::InterviewOver, self.now())?;
                tx.save_participant(&gone, row.revision).await?;
            }
        }
        self.note(&mut *tx, by, AuditAction::InterviewCancelled, &it.row, None)
            .await?;
        self.commit(tx).await
    }

    pub(super) fn check(
        &self,
        booking: &Booking,
    ) -> std::result::Result<Checked, Vec<FieldProblem>> {
        let today = self.today();
        let mut form = Form::default();
        let name = form.line("name", &booking.name, NAME);
        let kana = form.kana("kana", &booking.kana);
        let youngest = today.saturating_sub(jiff::Span::new().years(9));
        let birth_date = form.day(
            "birth_date",
            booking.birth_date.expose(),
            date(1940, 1, 1),
            youngest,
        );
        let year = jiff::Span::new().years(1);
        let (past, coming) = (today.saturating_sub(year), today.saturating_add(year));
        let on = booking
            .scheduled_at
            .to_zoned(self.settings.zone.clone())
            .date();
        if on < today || on > coming {
            form.refuse("scheduled_at", FieldCode::OutOfRange);
        }
        let due_date = match (&booking.due_date, booking.weeks) {
            (Some(_), Some(_)) => {
                form.refuse("weeks", FieldCode::OutOfRange);
                None
            }
            (Some(typed), None) => Some(form.day("due_date", typed.expose(), past, coming)),
            (None, Some(Weeks { weeks, days })) => {
                let due = GestationalAge::new(weeks, days).and_then(|age| age.due_date(on));
                if due.is_none() {
                    form.refuse("weeks", FieldCode::OutOfRange);
                }
                due
            }
            (None, None) => None,
        };
        form.done()?;
        Ok(Checked {
            name,
            kana,
            birth_date,
            due_date,
        })
    }

    /// A number that no interview has.
    async fn new_booking_number(&self, tx: &mut dyn Tx) -> Result<Pii<String>> {
        loop {
            let mut random = [0; BOOKING_LENGTH];
            self.ids.fill(&mut random);
            let number = booking_number(random);
            if tx
                .interview_by_booking(self.lookups.booking(&number))
                .await?
                .is_none()
            {
                return Ok(number);
            }
        }
    }

    fn new_link(&self, interview: &Interview, made_by: UserId) -> (Invitation, NewLink) {
        let secret = Secret::random(&*self.ids);
        let made_at = self.now();
        let invitation = Invitation {
            id: InvitationId::new(self.ids.id()),
            interview: interview.id,
            secret: secret.hash(),
            made_by,
            made_at,
            expires_at: interview.scheduled_at.max(made_at) + LINK_LIFE,
            state: InvitationState::Open {
                first_claimed_at: None,
            },
        };
        let link = format!("{}/r#{}", self.settings.origin, secret.to_text());
        let expires_at = invitation.expires_at;
        let link = Pii::new(link);
        (invitation, NewLink { link, expires_at })
    }

    /// Today in the city's zone.
    pub(super) fn today(&self) -> Date {
        self.now().to_zoned(self.settings.zone.clone()).date()
    }
}

/// The table let staff through, so the actor is staff.
pub(super) fn staff(actor: &Actor) -> Result<UserId> {
    match actor {
        Actor::Staff(staff) => Ok(staff.user),
        Actor::Anonymous | Actor::Seat(_) | Actor::Operator => Err(AppError::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_link_is_sent_and_not_shown() {
        let link = NewLink {
            link: "https://mendan.example.jp/r#abc".to_owned().into(),
            expires_at: Timestamp::UNIX_EPOCH,
        };
        let booked = Booked {
            id: Uuid::nil(),
            booking_number: "K7R-4M2".to_owned().into(),
            link,
        };
        let shown = format!("{booked:?}");
        assert!(!shown.contains("abc") && !shown.contains("K7R"), "{shown}");
        let sent = serde_json::to_value(&booked).unwrap();
        assert_eq!(sent["link"], "https://mendan.example.jp/r#abc");
    }
}
